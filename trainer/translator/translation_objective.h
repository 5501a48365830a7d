// Learning to translate from parallel text: which pairs make a micro-batch, and their loss.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "trainer/loop/objective.h"
#include "trainer/translator/translator.h"

namespace unimo::trainer {

// One pair as ids, both with the end token.
struct TranslationPair {
  std::vector<std::int32_t> source, target;
};

struct TranslationObjectiveOptions {
  std::uint64_t seed = 0;
  std::int64_t batch_tokens = 4096;  // rows of source and target together, at most
  std::int64_t micro_batches = 1;    // of a step
  double label_smoothing = 0.1;
  std::int32_t start = 0;  // what the decoder reads first
};

// The pairs of a micro-batch as the model reads them.
TranslationPairs pack_pairs(const std::vector<const TranslationPair*>& pairs, std::int32_t start);

// Every epoch the pairs are shuffled, sorted by length inside of stretches of some batches so that
// batches are even, cut by batch_tokens, and the batches shuffled; all of it a function of seed and
// epoch. The loss of a step is the mean over all tokens of its micro-batches, each weighing the
// same. Holds the pairs; calls may overlap.
class TranslationObjective : public Objective {
 public:
  // There must be a pair, and none longer than batch_tokens.
  TranslationObjective(std::vector<TranslationPair> pairs, TranslationObjectiveOptions options);
  ~TranslationObjective() override;

  std::int64_t micro_batch_count(std::int64_t step) const override;
  Result<MicroBatch> micro_batch(std::int64_t step, std::int64_t index) const override;
  std::string describe(std::int64_t step, std::int64_t index) const override;
  // Steps of that many passes over the data.
  std::int64_t steps_of(double epochs) const;

 private:
  struct Epochs;
  std::vector<std::uint32_t> members(std::int64_t step, std::int64_t index) const;

  std::vector<TranslationPair> pairs_;
  TranslationObjectiveOptions options_;
  std::unique_ptr<Epochs> epochs_;  // batches of the epochs asked for last
};

// The loss of these pairs as they are, without dropout: "heldout.loss.translation".
std::vector<MicroBatch> held_out_batches(const std::vector<TranslationPair>& pairs,
                                         const TranslationObjectiveOptions& options);

}  // namespace unimo::trainer
