// The input of the encoder: token and position (in conversations also role and turn) for text rows,
// feature and box for image rows, each summed, normed and thinned by dropout.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "trainer/config/model.h"
#include "trainer/data/batch.h"
#include "trainer/model/gemm.h"
#include "trainer/model/layer.h"

namespace unimo::trainer {

// The tables of conversations.
inline constexpr const char* kRoleTable = "role_embedding";
inline constexpr const char* kTurnTable = "turn_embedding";

// The specs of the two tables, both norms and the image projections, in the order of the store.
std::vector<ParameterSpec> embedding_parameters(const ModelConfig& config);

template <class T>
struct EmbeddingWeights {
  EmbeddingWeights(ParameterStore& store, const ModelConfig& config);
  ParameterStore* store;
  const Parameter* words;
  const Parameter* positions;
  const Parameter* roles;  // null: the model has none
  const Parameter* turns;
  Projection<T> feature, box;
  NormWeights text_norm, image_norm;
};

struct EmbeddingInput {
  std::shared_ptr<const PackedBatch> batch;  // kept for the backward pass
  DropoutKey text_dropout, image_dropout;
  at::Tensor text_delta;     // [text rows, hidden], added before the norm; undefined: none
  at::Tensor feature_delta;  // [image rows, feature_size]; undefined: none
};

// -> [rows, hidden]. The weights must outlive the backward pass.
template <class T>
at::Tensor embed_rows(EmbeddingWeights<T>& weights, const EmbeddingInput& input);

}  // namespace unimo::trainer
