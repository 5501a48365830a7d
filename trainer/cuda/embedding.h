// The input of the encoder on the device; the same mathematics as trainer/model/embedding.h.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>

#include "trainer/config/model.h"
#include "trainer/cuda/device_store.h"
#include "trainer/cuda/gemm.h"
#include "trainer/cuda/tables.h"
#include "trainer/data/batch.h"
#include "trainer/model/embedding.h"

namespace unimo::trainer {

// A table of vectors in the store; without rows: the model has none.
struct DeviceTable {
  DeviceTable(const ParameterStore& store, const std::string& name);
  std::int64_t offset = -1, rows = 0;
};

struct DeviceEmbeddingWeights {
  explicit DeviceEmbeddingWeights(const ParameterStore& store);
  DeviceTable words, positions, roles, turns;
  DeviceLinear feature, box;
  DeviceNorm text_norm, image_norm;
  const at::Tensor* anchor;
};

// The rows, ids, boxes and features of one batch.
struct EmbeddingTables {
  // Adds to `tables`, which must be sent before use. With `training`, plans the sums of gradients.
  EmbeddingTables(const PackedBatch& batch, const DeviceEmbeddingWeights& weights, bool training,
                  DeviceTables& tables);
  std::int64_t rows = 0, texts = 0, images = 0;
  std::size_t text_rows = 0, tokens = 0, places = 0, image_rows = 0, role_ids = 0, turn_ids = 0;
  bool has_roles = false, has_turns = false;
  DeviceSegments words, positions, roles, turns;  // where training
  at::Tensor features, boxes;  // fp32 [images, feature size], [images, 5], on the device
};

// -> [rows, hidden] of T. The weights must outlive the backward pass; without `training` among the
// tables there must be none.
template <class T>
at::Tensor device_embed_rows(const DeviceEmbeddingWeights& weights, const DeviceStore<T>& store,
                             DeviceGemm& gemm, std::shared_ptr<const DeviceTables> tables,
                             std::shared_ptr<const EmbeddingTables> batch,
                             const EmbeddingInput& input);

}  // namespace unimo::trainer
