#include "trainer/objectives/match.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/clamp.h>

#include <algorithm>

#include "orchestrator/base/result.h"
#include "trainer/objectives/losses.h"

namespace unimo::trainer {
namespace {

constexpr const char* kTemperature = "match_temperature";
constexpr double kLowest = 0.001, kHighest = 0.5;  // UNIMO-2

// A learned temperature is held to its bounds, but its gradient passes them: what an update threw
// out of them comes back.
at::Tensor tempered(Unimo& model, const MatchConfig& config, const at::Tensor& scores) {
  if (!config.learn_temperature) return scores / config.temperature;
  const at::Tensor& free = model.weight(kTemperature);
  // The library's own operations add to its gradient unseen.
  model.parameters().ledger().hold({model.parameters().at(kTemperature).offset, 1});
  const at::Tensor held = free.clamp(kLowest, kHighest).detach();
  return scores / (held + (free - free.detach()));
}

}  // namespace

std::vector<ParameterSpec> match_parameters(const MatchConfig& config) {
  if (!config.learn_temperature) return {};
  return {
      {.name = kTemperature, .shape = {1}, .init = Init::kOne, .decay = false, .required = false}};
}

void start_temperature(Unimo& model, const MatchConfig& config) {
  if (!config.learn_temperature) return;
  const at::NoGradGuard no_gradients;
  at::Tensor(model.weight(kTemperature)).fill_(config.temperature);
  model.parameters().changed();
}

Status check_match(const MatchConfig& config) {
  if (!config.learn_temperature ||
      (config.temperature >= kLowest && config.temperature <= kHighest))
    return ok();
  return fail(ErrorCode::kInvalid,
              "match.temperature {} cannot be learned: it is held to {} to {}; start it at 0.07",
              config.temperature, kLowest, kHighest);
}

at::Tensor text_vectors(Unimo& model, const MatchConfig& config, const at::Tensor& hidden,
                        std::span<const std::int32_t> cls_rows) {
  const at::Tensor rows = trainer::gather_rows(hidden, cls_rows);
  const at::Tensor pooled =
      config.relu ? model.pooled_text(rows) : model.linear(rows, "pooled_fc_text");
  return config.normalize ? trainer::unit_rows(pooled) : pooled;
}

at::Tensor image_vectors(Unimo& model, const MatchConfig& config, const at::Tensor& hidden,
                         std::span<const std::int32_t> img_rows) {
  const at::Tensor rows = trainer::gather_rows(hidden, img_rows);
  const at::Tensor pooled =
      config.relu ? model.pooled_image(rows) : model.linear(rows, "pooled_fc_image");
  return config.normalize ? trainer::unit_rows(pooled) : pooled;
}

at::Tensor pair_scores(Unimo& model, const MatchConfig& config, const at::Tensor& texts,
                       const at::Tensor& images, const EncodeOptions& options) {
  return trainer::tempered(model, config, model.match_score(texts, images, options));
}

at::Tensor score_matrix(Unimo& model, const MatchConfig& config, const at::Tensor& texts,
                        const at::Tensor& images) {
  return trainer::tempered(model, config, model.match_matrix(texts, images));
}

void start_match_head(Unimo& model) {
  const at::NoGradGuard no_gradients;
  at::Tensor(model.weight("match_fc.w_0")).fill_(1.0);
  at::Tensor(model.weight("match_fc.b_0")).zero_();
  model.parameters().changed();
}

int semantic_width(const MatchConfig& match, int size) { return match.relu ? 2 * size : size; }

std::vector<float> semantic_vector(const RegionRecord& image, const MatchConfig& match, int size) {
  UNIMO_CHECK(size <= static_cast<int>(image.feature_size),
              "semantic vectors of {} in features of {}", size, image.feature_size);
  std::size_t largest = 0;
  float most = -1;
  for (std::size_t i = 0; i < image.count; ++i) {
    const float* box = &image.boxes[i * 4];
    const float area = (box[2] - box[0]) * (box[3] - box[1]);
    if (area > most) most = area, largest = i;
  }
  const float* end = &image.features[largest * image.feature_size] + image.feature_size;
  std::vector<float> vector(end - size, end);
  if (!match.relu) return vector;
  std::vector<float> unfolded;
  for (const float value : vector) unfolded.push_back(std::max(value, 0.0f));
  for (const float value : vector) unfolded.push_back(std::max(-value, 0.0f));
  return unfolded;
}

}  // namespace unimo::trainer
