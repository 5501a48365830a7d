// Settings of generation by beam search.
#pragma once

#include "orchestrator/base/fields.h"

namespace unimo::trainer {

struct BeamConfig {
  int beam = 4;
  double alpha = 0.7;
  int min_length = 5;
  int max_length = 30;
  bool trigram_blocking = false;
  bool forbid_special = false;
};
template <class V>
void visit(V& v, BeamConfig& c) {
  v.field("beam", c.beam, between(1, 64), "hypotheses kept; 1: always the most probable token");
  v.field("alpha", c.alpha, not_negative(),
          "length penalty: scores are divided by ((5 + length) / 6) ^ alpha");
  v.field("min_length", c.min_length, between(0, 510), "tokens before the end token is allowed");
  v.field("max_length", c.max_length, between(1, 510), "tokens at most, the end token among them");
  v.field("trigram_blocking", c.trigram_blocking, "never the same three words in a row twice");
  v.field("forbid_special", c.forbid_special,
          "true: special tokens but the end token are never generated; false: they may be, as in "
          "UNIMO, and are left out of the text");
}

}  // namespace unimo::trainer
