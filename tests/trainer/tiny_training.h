// A model of a few thousand parameters and an objective for it: predict the tokens of random pairs
// of image and text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "trainer/loop/train_loop.h"
#include "trainer/model/counter_key.h"

namespace unimo::trainer {

inline ModelConfig tiny_test_model() {
  return {.layers = 2,
          .hidden = 32,
          .heads = 2,
          .ffn = 64,
          .vocabulary = 50,
          .positions = 40,
          .feature_size = 12,
          .class_size = 5,
          .pooled = 32};
}

// A small number from (stream, place), the same forever.
inline std::uint32_t test_number(std::uint64_t stream, std::uint64_t place, std::uint32_t below) {
  return counter_key(stream, place).words[0] % below;
}

// `pairs` images of three rows, each followed by a causal caption that sees it.
inline PackedBatch random_pairs(std::uint64_t stream, std::int32_t pairs,
                                const ModelConfig& config) {
  PackedBatch batch;
  std::uint64_t place = 0;
  for (std::int32_t i = 0; i < pairs; ++i) {
    const std::int32_t image = batch.rows;
    for (int r = 0; r < 3; ++r) batch.image_rows.push_back(batch.rows++);
    for (int v = 0; v < 3 * config.feature_size; ++v) {
      batch.features.push_back(static_cast<float>(test_number(stream, place++, 1000)) / 500 - 1);
    }
    for (int v = 0; v < 15; ++v)
      batch.boxes.push_back(static_cast<float>(test_number(stream, place++, 100)) / 100);
    batch.spans.push_back({.begin = image, .end = batch.rows});
    const std::int32_t text = batch.rows;
    const auto length = static_cast<std::int32_t>(4 + test_number(stream, place++, 6));
    for (std::int32_t t = 0; t < length; ++t) {
      batch.text_rows.push_back(batch.rows++);
      batch.token_ids.push_back(static_cast<std::int32_t>(test_number(stream, place++, 50)));
      batch.position_ids.push_back(2 + t);
    }
    batch.spans.push_back({.begin = text,
                           .end = batch.rows,
                           .context_begin = image,
                           .context_end = text,
                           .causal = true});
  }
  return batch;
}

// Appends the rows of `more`.
inline void append(PackedBatch& batch, const PackedBatch& more) {
  const std::int32_t first = batch.rows;
  batch.rows += more.rows;
  for (const std::int32_t row : more.text_rows) batch.text_rows.push_back(first + row);
  for (const std::int32_t row : more.image_rows) batch.image_rows.push_back(first + row);
  batch.token_ids.insert(batch.token_ids.end(), more.token_ids.begin(), more.token_ids.end());
  batch.position_ids.insert(batch.position_ids.end(), more.position_ids.begin(),
                            more.position_ids.end());
  batch.features.insert(batch.features.end(), more.features.begin(), more.features.end());
  batch.boxes.insert(batch.boxes.end(), more.boxes.begin(), more.boxes.end());
  for (AttentionSpan s : more.spans) {
    for (std::int32_t* row : {&s.begin, &s.end, &s.context_begin, &s.context_end}) *row += first;
    batch.spans.push_back(s);
  }
}

// Two micro-batches a step; every text row predicts its own token.
class TinyObjective : public Objective {
 public:
  explicit TinyObjective(std::uint64_t seed, std::int64_t micro_batches = 2)
      : seed_(seed), micro_batches_(micro_batches) {}
  std::int64_t micro_batch_count(std::int64_t /*step*/) const override { return micro_batches_; }
  std::string describe(std::int64_t step, std::int64_t index) const override {
    return fmt::format("pairs {} of step {}", index, step);
  }
  Result<MicroBatch> micro_batch(std::int64_t step, std::int64_t index) const override {
    return MicroBatch([*this, step, index](Unimo& model) { return loss(model, step, index); });
  }

 private:
  MicroLoss loss(Unimo& model, std::int64_t step, std::int64_t index) const {
    const std::uint64_t stream = seed_ + static_cast<std::uint64_t>(step * micro_batches_ + index);
    const PackedBatch batch = random_pairs(stream, 3, model.config());
    const at::Tensor hidden = model.encode(batch, {.training = true,
                                                   .seed = seed_,
                                                   .step = static_cast<std::uint64_t>(step),
                                                   .pass = static_cast<std::uint32_t>(index)});
    const at::Tensor sum = model.lm_loss_sum(gather_rows(hidden, batch.text_rows), batch.token_ids);
    const auto count = static_cast<double>(batch.token_ids.size());
    return {.loss = sum.div(static_cast<double>(micro_batches_) * count),
            .means = {{"loss.lm", static_cast<double>(sum.item<float>()), count}},
            .rows = batch.rows};
  }

  std::uint64_t seed_;
  std::int64_t micro_batches_;
};

// Keeps what it is told.
class RecordingSink : public MetricSink {
 public:
  void metric(std::string_view name, double value, std::int64_t step) override {
    if (!name.starts_with("system.")) lines.push_back(fmt::format("{} {} {:a}", step, name, value));
    if (name == "loss") losses.push_back(value);
  }
  void progress(std::int64_t done, std::int64_t /*total*/) override { last_progress = done; }
  void note(std::string_view text) override { notes.emplace_back(text); }

  std::vector<std::string> lines, notes;
  std::vector<double> losses;
  std::int64_t last_progress = 0;
};

}  // namespace unimo::trainer
