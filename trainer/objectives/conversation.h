// Conversations about a passage as the model reads them (CoQA, UNIMO's seq2seq reader): who speaks
// and how long ago is told by embeddings, and positions begin anew in every piece. Numbers only.
//
//   [CLS] passage [SEP] oldest turn [SEP] … latest turn [SEP]  |  [CLS] answer
//     2   3 4 …         3 4 …                3 4 …                2   3 4 …
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/objectives/sequence.h"

namespace unimo::trainer {

// Pieces are without special tokens.
struct Conversation {
  std::span<const std::int32_t> passage;
  std::vector<std::span<const std::int32_t>> turns;  // oldest first; the latest is the question
};

// Turns that UNIMO's table of 16 has room for; older ones are left out.
inline constexpr std::size_t kMostTurns = 15;

// The source. The passage has role 2 and turn 0; the latest turn has role 1 and turn 1, the one
// before role 0 and turn 2, and so on; [CLS] is of the oldest turn.
Rows add_conversation(const Conversation& conversation, const SpecialTokens& special,
                      BatchBuilder& builder);

// The answer that is to be generated, behind its [CLS]: role 0, turn 0.
Rows add_answer(std::span<const std::int32_t> ids, const SpecialTokens& special,
                BatchBuilder& builder);

}  // namespace unimo::trainer
