#include "trainer/objectives/masked_batch.h"

#include <algorithm>
#include <utility>

#include "trainer/objectives/masked_regions.h"

namespace unimo::trainer {
namespace {

constexpr std::int32_t kFirstPosition = 2;  // of [CLS]; token i of a text is one further

std::vector<float> shown_boxes(const ShownImage& image) {
  if (image.shown.empty()) return image.regions.boxes;
  std::vector<float> boxes;
  for (const std::int32_t region : image.shown) {
    const auto begin = image.regions.boxes.begin() + std::ptrdiff_t{region} * 4;
    boxes.insert(boxes.end(), begin, begin + 4);
  }
  return boxes;
}

// What must be said about one region.
void add_region_target(const RegionRecord& image, std::size_t region, std::int32_t row,
                       bool soft_classes, RegionTargets& targets) {
  targets.rows.push_back(row);
  const auto feature =
      image.features.begin() + static_cast<std::ptrdiff_t>(region * image.feature_size);
  targets.features.insert(targets.features.end(), feature, feature + image.feature_size);
  const std::size_t top = soft_classes ? image.top_k : std::min(image.top_k, 1u);
  targets.classes.top = static_cast<int>(top);
  for (std::size_t k = region * image.top_k; k < region * image.top_k + top; ++k) {
    targets.classes.classes.push_back(image.classes[k]);
    targets.classes.probabilities.push_back(image.probabilities[k]);
  }
}

}  // namespace

void MaskedBatchBuilder::add_masked_text(const UnitText& text, const ShownImage* image,
                                         Random& random) {
  const MaskedText plan =
      plan_masked_text(text.ids, text.starts, options_.vocabulary, options_.masked_text, random);
  const std::int32_t begin = builder_.rows();
  if (image != nullptr) add_shown(*image);
  const Rows rows = builder_.add_text(plan.shown, options_.special);
  builder_.join(begin);
  for (std::size_t i = 0; i < plan.positions.size(); ++i) {
    result_.masked.rows.push_back(rows.begin + 1 + plan.positions[i]);
    result_.masked.labels.push_back(plan.labels[i]);
  }
}

// The image, then [CLS] source [SEP]; tokens keep the positions they have in the whole text.
// Without source tokens an image stands alone, and a text is generated from [CLS] [SEP].
Rows MaskedBatchBuilder::add_source(std::span<const std::int32_t> ids,
                                    const std::vector<Slice>& slices, const ShownImage* image) {
  Rows rows{.begin = builder_.rows()};
  if (image != nullptr) add_shown(*image);
  if (image == nullptr || !slices.empty()) {
    std::vector<std::int32_t> tokens{options_.special.cls}, positions{kFirstPosition};
    for (const Slice& slice : slices) {
      for (std::int32_t i = slice.begin; i < slice.end; ++i) {
        tokens.push_back(ids[static_cast<std::size_t>(i)]);
        positions.push_back(kFirstPosition + 1 + i);
      }
    }
    tokens.push_back(options_.special.sep);
    // Behind the text; but where all of it is to be generated, its length must not be told.
    positions.push_back(kFirstPosition + 1 +
                        (slices.empty() ? 0 : static_cast<std::int32_t>(ids.size())));
    builder_.add_tokens(tokens, positions);
  }
  builder_.join(rows.begin);
  rows.end = builder_.rows();
  return rows;
}

// [CLS] at the position before the slice, then the slice; each row predicts the next token, the
// last one the end token. Nothing follows that would read it, so it has no row of its own.
void MaskedBatchBuilder::add_target_slice(std::span<const std::int32_t> ids, const Slice& slice,
                                          std::int32_t end) {
  std::vector<std::int32_t> tokens{options_.special.cls}, positions{kFirstPosition + slice.begin};
  for (std::int32_t i = slice.begin; i < slice.end; ++i) {
    tokens.push_back(ids[static_cast<std::size_t>(i)]);
    positions.push_back(kFirstPosition + 1 + i);
  }
  const Rows rows = builder_.add_tokens(tokens, positions);
  for (std::int32_t row = rows.begin; row < rows.end; ++row) {
    const std::size_t next = static_cast<std::size_t>(row - rows.begin) + 1;
    result_.generated.rows.push_back(row);
    result_.generated.labels.push_back(next < tokens.size() ? tokens[next] : end);
  }
}

void MaskedBatchBuilder::add_seq2seq(const UnitText& text, const ShownImage* image,
                                     Random& random) {
  const Seq2SeqPlan plan =
      plan_seq2seq(static_cast<int>(text.ids.size()), options_.seq2seq, random);
  if (plan.target.empty()) return;
  const Rows source = add_source(text.ids, plan.source, image);
  const std::int32_t end =
      options_.seq2seq.end == "mask" ? options_.special.mask : options_.special.sep;
  for (const Slice& slice : plan.target) add_target_slice(text.ids, slice, end);
  builder_.cause(source.end, source);
}

void MaskedBatchBuilder::add_masked_regions(const ShownImage& image, const UnitText& text,
                                            Random& random) {
  const auto hidden = plan_masked_regions(shown_boxes(image), options_.masked_regions, random);
  const Rows rows =
      builder_.add_image(image.regions, {.shown = image.shown,
                                         .hidden = hidden,
                                         .keep_location = options_.masked_regions.keep_location});
  if (!text.ids.empty()) builder_.add_text(text.ids, options_.special);
  builder_.join(rows.begin);
  for (const std::int32_t place : hidden) {
    const auto at = static_cast<std::size_t>(place);
    const auto region = image.shown.empty() ? at : static_cast<std::size_t>(image.shown[at]);
    add_region_target(image.regions, region, rows.begin + 1 + place,
                      options_.masked_regions.soft_classes, result_.regions);
  }
}

void MaskedBatchBuilder::add_captions(const ShownImage& image, std::span<const std::int32_t> tags,
                                      std::span<const std::vector<std::int32_t>> captions) {
  const Rows shown = add_shown(image);
  if (!tags.empty()) builder_.add_text(tags, options_.special);
  builder_.join(shown.begin);
  const Rows source{.begin = shown.begin, .end = builder_.rows()};
  for (const std::vector<std::int32_t>& ids : captions) {
    const std::int32_t begin = builder_.rows();
    add_target_slice(ids, {0, static_cast<int>(ids.size())}, options_.special.sep);
    builder_.cause(begin, source);
  }
}

MaskedBatch MaskedBatchBuilder::take() {
  result_.batch = builder_.take();
  return std::move(result_);
}

}  // namespace unimo::trainer
