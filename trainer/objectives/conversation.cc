#include "trainer/objectives/conversation.h"

#include <algorithm>
#include <numeric>

namespace unimo::trainer {
namespace {

constexpr std::int32_t kFirstPosition = 2;  // of [CLS]
constexpr std::int32_t kPassageRole = 2;

// The piece and its [SEP].
void add_piece(std::span<const std::int32_t> ids, const Speaker& speaker,
               const SpecialTokens& special, BatchBuilder& builder) {
  std::vector<std::int32_t> tokens(ids.begin(), ids.end());
  tokens.push_back(special.sep);
  std::vector<std::int32_t> positions(tokens.size());
  std::iota(positions.begin(), positions.end(), kFirstPosition + 1);
  builder.add_tokens(tokens, positions, speaker);
}

}  // namespace

Rows add_conversation(const Conversation& conversation, const SpecialTokens& special,
                      BatchBuilder& builder) {
  const std::size_t kept = std::min(conversation.turns.size(), kMostTurns);
  const auto turns = std::span(conversation.turns).last(kept);
  auto turn = static_cast<std::int32_t>(kept);
  Rows rows{.begin = builder.rows()};
  builder.add_tokens(std::vector{special.cls}, std::vector{kFirstPosition},
                     {.role = turn % 2, .turn = turn});
  add_piece(conversation.passage, {.role = kPassageRole, .turn = 0}, special, builder);
  for (const auto& ids : turns) {
    add_piece(ids, {.role = turn % 2, .turn = turn}, special, builder);
    --turn;
  }
  rows.end = builder.rows();
  return rows;
}

Rows add_answer(std::span<const std::int32_t> ids, const SpecialTokens& special,
                BatchBuilder& builder) {
  std::vector<std::int32_t> tokens{special.cls};
  tokens.insert(tokens.end(), ids.begin(), ids.end());
  std::vector<std::int32_t> positions(tokens.size());
  std::iota(positions.begin(), positions.end(), kFirstPosition);
  return builder.add_tokens(tokens, positions, {.role = 0, .turn = 0});
}

}  // namespace unimo::trainer
