// A checkpoint of a model that nobody trained: invented weights, a vocabulary of single bytes.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "stages/weights/model_info.h"
#include "tests/stages/ingest/benchmarks/tiny_bpe.h"
#include "tests/stages/stage_bench.h"
#include "trainer/text/tokenizer.h"
#include "trainer/weights/parameter_names.h"
#include "trainer/weights/safetensors.h"
#include "trainer/weights/weight_source.h"

namespace unimo::stages {

inline trainer::ModelConfig small_model() {
  return {.layers = 2,
          .hidden = 32,
          .heads = 4,
          .ffn = 48,
          .vocabulary = 263,
          .positions = 20,
          .feature_size = 6,
          .class_size = 7,
          .pooled = 32};
}

using NamedValues = std::map<std::string, std::vector<float>>;

inline NamedValues values_of(const std::filesystem::path& path) {
  const auto source = trainer::open_weights(path);
  EXPECT_TRUE(source) << source.error().message;
  NamedValues values;
  if (!source) return values;
  for (const auto& [name, tensor] : source->file.tensors()) {
    values[name].resize(static_cast<std::size_t>(tensor.count()));
    EXPECT_TRUE(source->file.read_floats(name, values[name]));
  }
  return values;
}

// Writes `folder` of the bench: the text part and the image embedding.
inline void write_small_checkpoint(const StageBench& bench, const std::string& folder) {
  std::vector<trainer::NamedShape> shapes = trainer::text_parameters(small_model());
  shapes.push_back({"image_emb.w_0", {32, 6}});
  std::vector<std::vector<float>> values;
  std::vector<trainer::FloatTensor> tensors;
  float next = 0;
  for (const auto& [name, shape] : shapes) {
    std::int64_t count = 1;
    for (const std::int64_t side : shape) count *= side;
    auto& of_one = values.emplace_back(static_cast<std::size_t>(count));
    for (float& value : of_one) value = std::sin(next += 1.0F);
    tensors.push_back({name, shape, of_one});
  }
  write_tiny_bpe(bench, folder + "/tokenizer");
  const auto path = bench.path(folder);
  ASSERT_TRUE(trainer::write_safetensors(path / "model.safetensors", tensors, {}));
  const auto tokenizer = trainer::load_tokenizer(path / "tokenizer");
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  ASSERT_TRUE((*tokenizer)->save(path / "tokenizer"));
  ASSERT_TRUE(write_model_info(path, {.model = small_model(),
                                      .task = "pretrain",
                                      .match = {},
                                      .tokenizer_digest = (*tokenizer)->digest()}));
}

}  // namespace unimo::stages
