// Role and turn embeddings of conversations against the formulas written out.
#include <ATen/TensorOperators.h>

#include "tests/trainer/objectives/slow_check.h"
#include "trainer/objectives/conversation.h"

namespace unimo::trainer {
namespace {

using namespace unimo::testing;

ModelConfig speaking_model() {
  ModelConfig config = tiny_test_model();
  config.roles = 3;
  config.turns = 16;
  return config;
}

TEST(Speakers, AddTheirEmbeddingsBeforeTheNorm) {
  const auto passage = random_ids(1, 5), first = random_ids(2, 3), last = random_ids(3, 2),
             answer = random_ids(4, 3);
  BatchBuilder builder(12);
  const Rows source =
      add_conversation({.passage = passage, .turns = {first, last}}, kSpecial, builder);
  builder.join(source.begin);
  const Rows target = add_answer(answer, kSpecial, builder);
  builder.cause(target.begin, source);
  const Rows alone = builder.add_text(random_ids(5, 3), kSpecial);
  builder.join(alone.begin);
  const PackedBatch batch = builder.take();

  std::vector<SlowPosition> positions;
  for (std::size_t i = 0; i < batch.token_ids.size(); ++i) {
    positions.push_back({.token = batch.token_ids[i],
                         .place = batch.position_ids[i],
                         .role = batch.role_ids[i],
                         .turn = batch.turn_ids[i]});
  }
  const auto at = [&](std::int32_t row) { return positions.begin() + row; };
  const std::vector<SlowSequence> sequences{
      sequence_of({at(0), at(target.end)}, static_cast<std::size_t>(source.end)),
      seen_by_all({at(alone.begin), at(alone.end)})};
  const auto model = random_model(speaking_model());
  // Every state has its own weight in the sum, so that no gradient hides behind a symmetry.
  const auto weight = [](std::size_t row, std::size_t column) {
    return std::sin(1.0 + static_cast<double>(3 * row + column));
  };
  expect_like_slow(
      *model,
      [&](Unimo& m) {
        const at::Tensor hidden = m.encode(batch, {});
        at::Tensor weights = hidden.detach().clone();
        for (std::int64_t r = 0; r < hidden.size(0); ++r) {
          for (std::int64_t c = 0; c < hidden.size(1); ++c)
            weights.data_ptr<float>()[r * hidden.size(1) + c] = static_cast<float>(
                weight(static_cast<std::size_t>(r), static_cast<std::size_t>(c)));
        }
        return (hidden * weights).sum();
      },
      [&](const SlowUnimo& slow) {
        double sum = 0;
        std::size_t row = 0;
        for (const Matrix& states : slow.encode(sequences)) {
          for (const Vector& state : states) {
            for (std::size_t c = 0; c < state.size(); ++c)
              sum += state[c] * static_cast<float>(weight(row, c));
            ++row;
          }
        }
        return sum;
      });
}

TEST(Speakers, AreRefusedByAModelWithoutThem) {
  BatchBuilder builder(12);
  builder.join(add_conversation({.passage = random_ids(1, 2)}, kSpecial, builder).begin);
  const PackedBatch batch = builder.take();
  EXPECT_EQ(batch_mistake(batch, speaking_model()), "");
  EXPECT_NE(batch_mistake(batch, tiny_test_model()).find("role"), std::string::npos);
  PackedBatch damaged = batch;
  damaged.turn_ids.pop_back();
  EXPECT_NE(batch_mistake(damaged, speaking_model()).find("turn"), std::string::npos);
}

TEST(Speakers, HaveNoTablesByDefault) {
  const Unimo model(tiny_test_model(), 1);
  EXPECT_EQ(model.parameters().find("role_embedding"), nullptr);
  EXPECT_EQ(model.parameters().find("turn_embedding"), nullptr);
}

}  // namespace
}  // namespace unimo::trainer
