// Which parts of a text are generated from the rest: source and target slices in turn (UNIMO-2), or
// fragments anywhere (UNIMO's paper). Every token keeps its position in the text. Numbers only; the
// loss is in masked_loss.h.
#pragma once

#include <cstdint>
#include <vector>

#include "trainer/config/objectives.h"
#include "trainer/data/random.h"

namespace unimo::trainer {

// Tokens [begin, end) of the text.
struct Slice {
  int begin = 0, end = 0;
  bool operator==(const Slice&) const = default;
};

struct Seq2SeqPlan {
  std::vector<Slice> source;  // in order; empty when the whole text is generated
  std::vector<Slice> target;  // in order; each is predicted behind its own [CLS]
};

// For a text of `size` tokens without [CLS] and [SEP]. Every token is in exactly one slice; there
// is at least one target token when there is any token. Of long texts a quarter are targets: with
// slices about, with fragments exactly ceil(fragment_share · size).
Seq2SeqPlan plan_seq2seq(int size, const Seq2SeqConfig& config, Random& draws);

}  // namespace unimo::trainer
