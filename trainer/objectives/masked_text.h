// What of a text is hidden for bidirectional prediction: spans of whole units, 15 % of the tokens
// in all. Numbers only; the loss is in losses.h.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "trainer/config/objectives.h"
#include "trainer/data/random.h"

namespace unimo::trainer {

// Where units begin: true at the first token of a word or phrase. The first token always begins
// one.
using UnitStarts = std::vector<bool>;

// A text as the model is shown it, and what it must say.
struct MaskedText {
  std::vector<std::int32_t> shown;      // as long as the text
  std::vector<std::int32_t> positions;  // of the chosen tokens, ascending
  std::vector<std::int32_t> labels;     // the true tokens there
};

struct Vocabulary {
  std::int32_t mask = 0;         // id of [MASK]
  std::int32_t first_piece = 4;  // random tokens are drawn from [first_piece, size)
  std::int32_t size = 0;
};

// `ids` without [CLS] and [SEP]; an empty text gives an empty plan. The budget counts the two
// special tokens of the sequence, as ceil(share * (n + 2)), but never asks for more than the text
// has.
MaskedText plan_masked_text(std::span<const std::int32_t> ids, const UnitStarts& starts,
                            const Vocabulary& vocabulary, const MaskedTextConfig& config,
                            Random& draws);

}  // namespace unimo::trainer
