#include "trainer/objectives/sequence.h"

#include <numeric>
#include <utility>

#include "orchestrator/base/result.h"
#include "trainer/objectives/masked_regions.h"

namespace unimo::trainer {
namespace {

constexpr float kWholePicture[4] = {0, 0, 1, 1};
constexpr float kNoBox[4] = {0, 0, 0, 0};

}  // namespace

void BatchBuilder::add_region(const float* feature, const float* box) {
  batch_.image_rows.push_back(batch_.rows++);
  if (feature != nullptr) {
    batch_.features.insert(batch_.features.end(), feature, feature + feature_size_);
  } else {
    batch_.features.resize(batch_.features.size() + feature_size_, 0.0f);
  }
  const float area = (box[2] - box[0]) * (box[3] - box[1]);
  batch_.boxes.insert(batch_.boxes.end(), {box[0], box[1], box[2], box[3], area});
}

Rows BatchBuilder::add_image(const RegionRecord& image, const ImageView& view) {
  UNIMO_CHECK(image.feature_size == feature_size_, "features of {} in a batch of {}",
              image.feature_size, feature_size_);
  UNIMO_CHECK(image.count > 0, "image {} has no regions", image.id);
  std::vector<std::int32_t> all;
  std::span<const std::int32_t> shown = view.shown;
  if (shown.empty()) {
    all.resize(image.count);
    std::iota(all.begin(), all.end(), 0);
    shown = all;
  }
  const auto feature = [&](std::int32_t region) {
    return &image.features[std::size_t(region) * feature_size_];
  };
  std::vector<float> mean(feature_size_);
  if (view.hidden.empty()) {
    mean_of_visible(image.features, {}, mean);
  } else {
    std::vector<float> seen;
    for (const std::int32_t region : shown)
      seen.insert(seen.end(), feature(region), feature(region) + feature_size_);
    mean_of_visible(seen, view.hidden, mean);
  }
  Rows rows{.begin = batch_.rows};
  add_region(mean.data(), kWholePicture);
  auto next = view.hidden.begin();
  for (std::size_t place = 0; place < shown.size(); ++place) {
    const bool hidden = next != view.hidden.end() && static_cast<std::size_t>(*next) == place;
    if (hidden) ++next;
    const float* box = &image.boxes[std::size_t(shown[place]) * 4];
    add_region(hidden ? nullptr : feature(shown[place]),
               hidden && !view.keep_location ? kNoBox : box);
  }
  rows.end = batch_.rows;
  return rows;
}

Rows BatchBuilder::add_text(std::span<const std::int32_t> ids, const SpecialTokens& special) {
  std::vector<std::int32_t> tokens{special.cls};
  tokens.insert(tokens.end(), ids.begin(), ids.end());
  tokens.push_back(special.sep);
  std::vector<std::int32_t> positions(tokens.size());
  std::iota(positions.begin(), positions.end(), 2);
  return add_tokens(tokens, positions);
}

Rows BatchBuilder::add_tokens(std::span<const std::int32_t> ids,
                              std::span<const std::int32_t> positions, const Speaker& speaker) {
  UNIMO_CHECK(ids.size() == positions.size(), "{} tokens at {} positions", ids.size(),
              positions.size());
  Rows rows{.begin = batch_.rows};
  for (std::size_t i = 0; i < ids.size(); ++i) batch_.text_rows.push_back(batch_.rows++);
  batch_.token_ids.insert(batch_.token_ids.end(), ids.begin(), ids.end());
  batch_.position_ids.insert(batch_.position_ids.end(), positions.begin(), positions.end());
  note_speaker(ids.size(), speaker);
  rows.end = batch_.rows;
  return rows;
}

// The lists stay empty until somebody speaks; rows before that were said by nobody.
void BatchBuilder::note_speaker(std::size_t count, const Speaker& speaker) {
  const std::size_t all = batch_.token_ids.size(), before = all - count;
  if (speaker.role < 0 && speaker.turn < 0 && batch_.role_ids.empty()) return;
  batch_.role_ids.resize(before, -1);
  batch_.turn_ids.resize(before, -1);
  batch_.role_ids.resize(all, speaker.role);
  batch_.turn_ids.resize(all, speaker.turn);
}

void BatchBuilder::join(std::int32_t begin) {
  batch_.spans.push_back({.begin = begin, .end = batch_.rows});
}

void BatchBuilder::cause(std::int32_t begin, const Rows& context) {
  batch_.spans.push_back({.begin = begin,
                          .end = batch_.rows,
                          .context_begin = context.begin,
                          .context_end = context.end,
                          .causal = true});
}

PackedBatch BatchBuilder::take() {
  std::int32_t covered = 0;
  for (const AttentionSpan& span : batch_.spans) {
    UNIMO_CHECK(span.begin == covered, "rows {} to {} are in no span", covered, span.begin);
    covered = span.end;
  }
  UNIMO_CHECK(covered == batch_.rows, "rows {} to {} are in no span", covered, batch_.rows);
  return std::move(batch_);
}

}  // namespace unimo::trainer
