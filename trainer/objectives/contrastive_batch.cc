#include "trainer/objectives/contrastive_batch.h"

#include <utility>

#include "orchestrator/base/result.h"

namespace unimo::trainer {

void DualBatchBuilder::add_image(const ShownImage& image) {
  const Rows rows = builder_.add_image(image.regions, {.shown = image.shown});
  builder_.join(rows.begin);
  result_.img_rows.push_back(rows.begin);
}

void DualBatchBuilder::add_text(std::span<const std::int32_t> ids, std::int32_t image) {
  const Rows rows = builder_.add_text(ids, special_);
  builder_.join(rows.begin);
  result_.cls_rows.push_back(rows.begin);
  result_.image_of_text.push_back(image);
}

DualBatch DualBatchBuilder::take() {
  result_.batch = builder_.take();
  return std::move(result_);
}

CandidateBatchBuilder::CandidateBatchBuilder(int feature_size, const SpecialTokens& special,
                                             std::int32_t candidates)
    : builder_(feature_size), special_(special) {
  result_.candidates = candidates;
}

// Places without a candidate point at the group's first one, whose score is then left out.
void CandidateBatchBuilder::fill_group() {
  const auto wanted =
      static_cast<std::size_t>(result_.groups) * static_cast<std::size_t>(result_.candidates);
  while (result_.valid.size() < wanted) {
    const std::size_t first = wanted - static_cast<std::size_t>(result_.candidates);
    UNIMO_CHECK(first < result_.img_rows.size(), "a group without candidates");
    result_.img_rows.push_back(result_.img_rows[first]);
    result_.cls_rows.push_back(result_.cls_rows[first]);
    result_.positive.push_back(0);
    result_.valid.push_back(0);
  }
}

void CandidateBatchBuilder::begin_group() {
  fill_group();
  ++result_.groups;
}

void CandidateBatchBuilder::add_candidate(std::int32_t img_row, std::int32_t cls_row,
                                          bool positive) {
  result_.img_rows.push_back(img_row);
  result_.cls_rows.push_back(cls_row);
  result_.positive.push_back(positive ? 1 : 0);
  result_.valid.push_back(1);
  const auto room =
      static_cast<std::size_t>(result_.groups) * static_cast<std::size_t>(result_.candidates);
  UNIMO_CHECK(result_.valid.size() <= room, "more than {} candidates in a group",
              result_.candidates);
}

void CandidateBatchBuilder::add_pair(const ShownImage& image, std::span<const std::int32_t> ids,
                                     bool positive) {
  const Rows rows = builder_.add_image(image.regions, {.shown = image.shown});
  const Rows text = builder_.add_text(ids, special_);
  builder_.join(rows.begin);
  add_candidate(rows.begin, text.begin, positive);
}

std::int32_t CandidateBatchBuilder::image_alone(const ShownImage& image) {
  const Rows rows = builder_.add_image(image.regions, {.shown = image.shown});
  builder_.join(rows.begin);
  return rows.begin;
}

std::int32_t CandidateBatchBuilder::text_alone(std::span<const std::int32_t> ids) {
  const Rows rows = builder_.add_text(ids, special_);
  builder_.join(rows.begin);
  return rows.begin;
}

void CandidateBatchBuilder::add_related_images(std::span<const ShownImage> images,
                                               std::span<const std::int32_t> ids) {
  if (images.empty()) return;
  const std::int32_t text = text_alone(ids);
  for (const ShownImage& image : images) add_candidate(image_alone(image), text, true);
}

void CandidateBatchBuilder::add_related_texts(const ShownImage& image,
                                              std::span<const std::vector<std::int32_t>> texts) {
  if (texts.empty()) return;
  const std::int32_t alone = image_alone(image);
  for (const auto& ids : texts) add_candidate(alone, text_alone(ids), true);
}

CandidateBatch CandidateBatchBuilder::take() {
  fill_group();
  result_.batch = builder_.take();
  return std::move(result_);
}

}  // namespace unimo::trainer
