// Which slices of a text are generated from the rest. Source and target slices take turns; every
// token keeps its position in the text. Numbers only; the loss is in losses.h.
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
// is at least one target token when there is any token. About a quarter of the tokens of long texts
// are targets.
Seq2SeqPlan plan_seq2seq(int size, const Seq2SeqConfig& config, Random& draws);

}  // namespace unimo::trainer
