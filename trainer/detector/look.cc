#include "trainer/detector/look.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/softmax.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace unimo::trainer {

namespace {

constexpr std::size_t kRegionsAtOnce = 32;  // pooled: 26 MB for the published map

std::span<const float> values_of(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

Status check_finite(const at::Tensor& tensor, std::string_view what) {
  if (tensor.numel() == 0 || at::isfinite(tensor).all().item<bool>()) return ok();
  return fail(
      ErrorCode::kFailed,
      "the detector's {} are not finite: its weights do not belong together, or bf16 is too "
      "coarse for them",
      what);
}

Proposals whole_picture(const PictureSize& size, DetectorKind kind) {
  const float extra = side_extra(kind);
  return {.boxes = {{0, 0, static_cast<float>(size.width) - extra,
                     static_cast<float>(size.height) - extra}},
          .scores = {0.0F}};
}

at::Tensor features_of(const Detector& detector, const at::Tensor& map, std::span<const Box> boxes,
                       int bins) {
  std::vector<at::Tensor> parts;
  for (std::size_t i = 0; i < boxes.size(); i += kRegionsAtOnce) {
    const auto some = boxes.subspan(i, std::min(kRegionsAtOnce, boxes.size() - i));
    parts.push_back(detector.features_of(detector.pooled(map, some, bins)));
  }
  return at::cat(parts).contiguous();
}

void check_arguments(const Detector& detector, const DetectorPicture& picture,
                     const DetectorRules& rules) {
  UNIMO_CHECK(detector.sizes().kind == rules.kind(), "a detector of the other kind for {}",
              rules.behaviour);
  UNIMO_CHECK(
      picture.pixels.size(2) == picture.plan.height && picture.pixels.size(3) == picture.plan.width,
      "a picture of {}x{} planned as {}x{}", picture.pixels.size(3), picture.pixels.size(2),
      picture.plan.width, picture.plan.height);
}

}  // namespace

Result<Look> look_at(const Detector& detector, const DetectorPicture& picture,
                     const DetectorRules& rules) {
  check_arguments(detector, picture, rules);
  const c10::NoGradGuard no_gradients;
  const at::Tensor map = detector.map_of(picture.pixels);
  const auto maps = detector.proposal_maps(map);
  UNIMO_TRY(check_finite(maps.scores, "proposal scores"));
  UNIMO_TRY(check_finite(maps.deltas, "proposal deltas"));
  Look look;
  look.proposals = propose({.rows = static_cast<int>(map.size(2)),
                            .columns = static_cast<int>(map.size(3)),
                            .scores = values_of(maps.scores),
                            .deltas = values_of(maps.deltas)},
                           detector.anchors(), picture.resized(), picture.plan.scale, rules);
  if (look.proposals.boxes.empty()) look.proposals = whole_picture(picture.resized(), rules.kind());
  look.features = features_of(detector, map, look.proposals.boxes, rules.bins);
  UNIMO_TRY(check_finite(look.features, "features"));
  const Detector::Heads heads = detector.heads_of(look.features);
  UNIMO_TRY(check_finite(heads.class_logits, "class scores"));
  look.probabilities = at::softmax(heads.class_logits, 1).contiguous();
  look.box_deltas = heads.box_deltas.contiguous();
  return look;
}

}  // namespace unimo::trainer
