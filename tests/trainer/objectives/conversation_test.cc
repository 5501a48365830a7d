#include "trainer/objectives/conversation.h"

#include <gtest/gtest.h>

namespace unimo::trainer {
namespace {

constexpr SpecialTokens kSpecial{.cls = 0, .sep = 2, .mask = 9};
using Ids = std::vector<std::int32_t>;

// The example of CoQA: a passage, two turns, of which the second asks.
TEST(Conversation, RestartsPositionsInEveryPiece) {
  const Ids passage{11, 12, 13}, first{21, 22}, last{31};
  BatchBuilder builder(1);
  const Rows source =
      add_conversation({.passage = passage, .turns = {first, last}}, kSpecial, builder);
  builder.join(source.begin);
  const Rows answer = add_answer(Ids{41, 42}, kSpecial, builder);
  builder.cause(answer.begin, source);
  const PackedBatch batch = builder.take();
  EXPECT_EQ(batch.token_ids, (Ids{0, 11, 12, 13, 2, 21, 22, 2, 31, 2, 0, 41, 42}));
  EXPECT_EQ(batch.position_ids, (Ids{2, 3, 4, 5, 6, 3, 4, 5, 3, 4, 2, 3, 4}));
}

TEST(Conversation, CountsTurnsBackAndAlternatesRoles) {
  const Ids passage{11}, a{21}, b{22}, c{23};
  BatchBuilder builder(1);
  const Rows source = add_conversation({.passage = passage, .turns = {a, b, c}}, kSpecial, builder);
  builder.join(source.begin);
  const Rows answer = add_answer(Ids{41}, kSpecial, builder);
  builder.cause(answer.begin, source);
  const PackedBatch batch = builder.take();
  //                                  [CLS] passage  a     b     c     answer
  EXPECT_EQ(batch.role_ids, (Ids{1, 2, 2, 1, 1, 0, 0, 1, 1, 0, 0}));
  EXPECT_EQ(batch.turn_ids, (Ids{3, 0, 0, 3, 3, 2, 2, 1, 1, 0, 0}));
}

TEST(Conversation, KeepsTheLatestFifteenTurns) {
  const Ids passage{11};
  std::vector<Ids> turns;
  for (int i = 0; i < 20; ++i) turns.push_back({100 + i});
  Conversation conversation{.passage = passage};
  for (const Ids& turn : turns) conversation.turns.emplace_back(turn);
  BatchBuilder builder(1);
  builder.join(add_conversation(conversation, kSpecial, builder).begin);
  const PackedBatch batch = builder.take();
  EXPECT_EQ(batch.token_ids[3], 105);
  EXPECT_EQ(batch.turn_ids[0], 15);
  EXPECT_EQ(batch.role_ids[0], 1);
  EXPECT_EQ(batch.turn_ids.back(), 1);
}

TEST(Conversation, LeavesTextsOfTheSameBatchWithoutSpeakers) {
  const Ids passage{11};
  BatchBuilder builder(1);
  builder.join(builder.add_text(Ids{5}, kSpecial).begin);
  builder.join(add_conversation({.passage = passage}, kSpecial, builder).begin);
  builder.join(builder.add_text(Ids{6}, kSpecial).begin);
  const PackedBatch batch = builder.take();
  EXPECT_EQ(batch.role_ids, (Ids{-1, -1, -1, 0, 2, 2, -1, -1, -1}));
  EXPECT_EQ(batch.turn_ids, (Ids{-1, -1, -1, 0, 0, 0, -1, -1, -1}));
}

}  // namespace
}  // namespace unimo::trainer
