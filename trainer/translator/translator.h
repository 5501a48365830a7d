// An encoder-decoder Transformer that translates: Marian's, as Hugging Face's MarianMTModel
// computes it, for training with teacher forcing.
//
//   Translator model(config, seed);
//   at::Tensor loss = model.loss_sum(pairs, {.training = true, .seed = seed, .step = step}, 0.1);
//   loss.div(pairs.targets()).backward();        // gradients are added to parameters().gradients()
//
// x = table[token] * sqrt(hidden) + sinusoid[place]; every layer is attention (in the decoder also
// attention on the source) and feed-forward part, each followed by dropout, the residual and a norm
// (post-norm, epsilon 1e-5); logits are x table^T + output_bias. The decoder reads its start token,
// then the target. Text is packed without padding. fp32 on the processor; results do not depend on
// the number of threads. Calls on one model must not overlap. Faster decoding:
// translation_decoder.h.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "trainer/config/translator.h"
#include "trainer/model/trained_model.h"
#include "trainer/model/unimo.h"
#include "trainer/translator/attend.h"
#include "trainer/translator/token_embedding.h"

namespace unimo::trainer {

// Texts laid end to end: text i is ids[begins[i], begins[i + 1]).
struct PackedTexts {
  std::vector<std::int32_t> ids;
  std::vector<std::int64_t> begins{0};

  void add(std::span<const std::int32_t> text) {
    ids.insert(ids.end(), text.begin(), text.end());
    begins.push_back(static_cast<std::int64_t>(ids.size()));
  }
  std::int64_t count() const { return static_cast<std::int64_t>(begins.size()) - 1; }
  std::int64_t rows() const { return static_cast<std::int64_t>(ids.size()); }
};

// Sources end with the end token. inputs[i] is the start token and targets[i] without its last
// token; targets end with the end token.
struct TranslationPairs {
  PackedTexts sources, inputs;
  std::vector<std::int32_t> targets;  // one for each row of inputs
};

class Translator : public TrainedModel {
 public:
  // Throws std::invalid_argument when the sizes do not fit together.
  Translator(const TranslatorConfig& config, std::uint64_t seed);
  ~Translator() override;
  Translator(const Translator&) = delete;
  Translator& operator=(const Translator&) = delete;

  const TranslatorConfig& config() const { return config_; }
  ParameterStore& parameters() override { return parameters_; }
  const ParameterStore& parameters() const override { return parameters_; }
  Precision precision() const override { return Precision::kFp32; }
  // Layers keep what they need: translators are small.
  void set_recompute(bool) override {}
  std::int64_t planned_bytes(std::int64_t rows, bool recompute) const override;
  // "the source embedding", "the output of source_layer_0", … .
  void watch(Watcher watcher) override { watcher_ = std::move(watcher); }

  // States of the sources after the last encoder layer, [source rows, hidden].
  at::Tensor encode(const PackedTexts& sources, const EncodeOptions& options);
  // States after the last decoder layer, [input rows, hidden]; text i sees source i.
  at::Tensor decode(const PackedTexts& inputs, const at::Tensor& encoded,
                    const PackedTexts& sources, const EncodeOptions& options);
  // [rows, target_vocabulary]
  at::Tensor logits(const at::Tensor& states);
  // Sum over all targets of the cross-entropy with label smoothing ((1-s) onehot + s/V), a scalar;
  // never holds all logits at once.
  at::Tensor loss_sum(const TranslationPairs& pairs, const EncodeOptions& options,
                      double smoothing);

  const std::vector<float>& positions() const { return sinusoids_; }
  // Of token vectors: sqrt(hidden) or 1.
  float embedding_scale() const;
  const Parameter& source_table() const;
  const Parameter& target_table() const;

 private:
  struct Weights;
  struct SubLayer;
  at::Tensor embed(const PackedTexts& texts, const Parameter& table, const EncodeOptions& options,
                   std::uint32_t site);
  at::Tensor feed_forward(const at::Tensor& x, SubLayer& layer, const EncodeOptions& options,
                          std::uint32_t site);
  void show(const std::string& name, const at::Tensor& state) const {
    if (watcher_) watcher_(name, state);
  }

  TranslatorConfig config_;
  ParameterStore parameters_;
  std::vector<float> sinusoids_;  // [positions, hidden]
  std::unique_ptr<Weights> weights_;
  Watcher watcher_;
};

// Empty when a model of these sizes can read the texts; else what is wrong with them. `vocabulary`:
// of their side.
std::string texts_mistake(const PackedTexts& texts, int vocabulary, const TranslatorConfig& config);

}  // namespace unimo::trainer
