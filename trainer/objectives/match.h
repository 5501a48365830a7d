// Pooled vectors of [CLS] and [IMG] positions, and the scores between them: (a·(t ⊙ v) + b) /
// temperature, where a and b are the model's match head.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/config/objectives.h"
#include "trainer/data/regions.h"
#include "trainer/model/unimo.h"

namespace unimo::trainer {

// [rows, hidden] -> [n, pooled].
at::Tensor text_vectors(Unimo& model, const MatchConfig& config, const at::Tensor& hidden,
                        std::span<const std::int32_t> cls_rows);
at::Tensor image_vectors(Unimo& model, const MatchConfig& config, const at::Tensor& hidden,
                         std::span<const std::int32_t> img_rows);

// Row by row, with dropout in training: two [n, pooled] -> [n].
at::Tensor pair_scores(Unimo& model, const MatchConfig& config, const at::Tensor& texts,
                       const at::Tensor& images, const EncodeOptions& options);
// All against all: [n, pooled], [m, pooled] -> [n, m].
at::Tensor score_matrix(Unimo& model, const MatchConfig& config, const at::Tensor& texts,
                        const at::Tensor& images);

// What a learned temperature adds to the model's parameters: give it to the model as its extra
// ones.
std::vector<ParameterSpec> match_parameters(const MatchConfig& config);
// Sets a learned temperature to where the settings let it begin.
void start_temperature(Unimo& model, const MatchConfig& config);
// kInvalid for a learned temperature that would start outside of its bounds.
Status check_match(const MatchConfig& config);

// Lets a new match head begin as a plain dot product: a = 1, b = 0.
void start_match_head(Unimo& model);

// The semantic vector of an image: the last `size` numbers of the feature of its largest region,
// brought to the form of the pooled vectors. With ReLU these cannot be negative: the vector is
// unfolded to [max(s, 0), max(-s, 0)].
std::vector<float> semantic_vector(const RegionRecord& image, const MatchConfig& match, int size);
// The pooled width that fits such vectors.
int semantic_width(const MatchConfig& match, int size);

}  // namespace unimo::trainer
