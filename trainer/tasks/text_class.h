// Fine-tuning for what one text, or two, is: a class (SST-2, CoLA, MNLI) or a number (STS-B).
//
//   model with the parameters of head_parameters(head);
//   const TextClassTask task(examples, head, config, seed);
//   train(model, task, …);
//   const std::vector<float> scores = text_class_scores(model, examples, head, {});
//
// The head is a linear map, behind dropout, of the pooled text max(0, W h[CLS] + b): classifier.py
// and regression.py of the UNIMO release.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/config/tasks.h"
#include "trainer/data/sample_order.h"
#include "trainer/loop/objective.h"
#include "trainer/text/tokenizer.h"

namespace unimo::trainer {

struct TextExample {
  std::string id;
  std::vector<TokenId> ids;  // [CLS] a [SEP], or [CLS] a [SEP] b [SEP]
  std::int32_t label = 0;    // of a class
  float score = 0;           // of a regression
};

// One separator stands between the parts, as in UNIMO (RoBERTa has two). The longer part loses its
// last tokens, one at a time, until all fit in `most`, which has room for the special tokens. An
// empty `b` is no second part.
std::vector<TokenId> joined_parts(std::vector<TokenId> a, std::vector<TokenId> b, std::size_t most);

struct TextClassHead {
  int outputs = 2;  // classes; 1: a number
  bool is_regression() const { return outputs == 1; }
};
// cls_out_{outputs}.w_0 and .b_0 for Unimo's `extra`; a checkpoint may lack them.
std::vector<ParameterSpec> head_parameters(const TextClassHead& head, int pooled);

class TextClassTask : public Objective {
 public:
  // `examples` must outlive it; there is at least one.
  TextClassTask(std::span<const TextExample> examples, const TextClassHead& head,
                const TextClassConfig& config, std::uint64_t seed);

  // Whole batches of an epoch, times the epochs.
  std::int64_t steps_of(double epochs) const;

  // Pure functions of step and index. Calls may overlap.
  std::int64_t micro_batch_count(std::int64_t /*step*/) const override {
    return config_.micro_batches;
  }
  // Classes: the mean cross-entropy, "loss.class" and "accuracy.class"; a number: the mean squared
  // error of the raw score, "loss.regression".
  Result<MicroBatch> micro_batch(std::int64_t step, std::int64_t index) const override;
  // "examples train.tsv:3, train.tsv:19".
  std::string describe(std::int64_t step, std::int64_t index) const override;

 private:
  std::vector<const TextExample*> examples_of(std::int64_t step, std::int64_t index) const;

  std::span<const TextExample> examples_;
  TextClassHead head_;
  TextClassConfig config_;
  std::uint64_t seed_;
  SampleOrder order_;
};

struct TextClassOptions {
  int batch_rows = 4096;       // positions encoded at once, about
  std::function<bool()> stop;  // asked between batches; true ends with kCancelled
  std::function<void(std::int64_t done, std::int64_t total)> progress;
};

// [examples, outputs], row by row: logits, or the number. The same bits for any batch_rows.
Result<std::vector<float>> text_class_scores(Unimo& model, std::span<const TextExample> examples,
                                             const TextClassHead& head,
                                             const TextClassOptions& options);

}  // namespace unimo::trainer
