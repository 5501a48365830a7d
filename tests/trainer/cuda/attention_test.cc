// Attention on the device, both backends, against the processor's.
#include <ATen/Context.h>

#include "tests/trainer/cuda/gpu_test.h"
#include "trainer/cuda/attention_run.h"
#include "trainer/model/attention.h"

namespace unimo::trainer {
namespace {

// Long and short spans, causal and not, contexts that several spans share, and one inside a span.
PackedBatch mixed_batch() {
  PackedBatch batch{.rows = 400};
  batch.spans = {{.begin = 0, .end = 150},
                 {.begin = 150, .end = 161, .context_begin = 0, .context_end = 150, .causal = true},
                 {.begin = 161, .end = 250, .context_begin = 0, .context_end = 150, .causal = true},
                 {.begin = 250, .end = 251},
                 {.begin = 251, .end = 330, .causal = true},
                 {.begin = 330, .end = 400, .context_begin = 20, .context_end = 90}};
  return batch;
}

PackedBatch plain_batch() {
  PackedBatch batch{.rows = 200};
  batch.spans = {{.begin = 0, .end = 120}, {.begin = 120, .end = 200}};
  return batch;
}

struct Attended {
  std::vector<float> out, dqkv;
};

struct Case {
  PackedBatch batch;
  DeviceAttentionShape shape;
  double rate = 0;
  std::vector<float> qkv, dout;
  DropoutKey key() const { return dropout_key(5, 6, 0, kSite, rate); }
  static constexpr std::uint32_t kSite = 16;
};

Case make_case(const PackedBatch& batch, std::int64_t heads, std::int64_t head_size, double rate) {
  const std::int64_t hidden = heads * head_size;
  return {.batch = batch,
          .shape = {heads, head_size},
          .rate = rate,
          .qkv = test_values(batch.rows * 3 * hidden, 1),
          .dout = test_values(batch.rows * hidden, 2)};
}

Attended on_processor(const Case& c) {
  const AttentionPlan plan = plan_attention(c.batch.spans, c.batch.rows);
  const AttentionSizes sizes{.heads = c.shape.heads, .head_size = c.shape.head_size};
  const auto padded = static_cast<std::size_t>(padded_rows(c.batch.rows) * 3 * sizes.hidden());
  std::vector<float> qkv = c.qkv, dout = c.dout, out(padded), dqkv(padded),
                     lse(static_cast<std::size_t>(c.batch.rows * sizes.heads));
  qkv.resize(padded);
  dout.resize(padded);
  attention_forward(plan, sizes, c.key(), qkv.data(), out.data(), lse.data());
  attention_backward(plan, sizes, c.key(), qkv.data(), out.data(), lse.data(), dout.data(),
                     dqkv.data());
  out.resize(c.dout.size());
  dqkv.resize(c.qkv.size());
  return {out, dqkv};
}

template <class T>
Attended on_device(const Case& c, AttentionBackend backend) {
  DeviceTables tables;
  const AttentionRun<T> run(c.batch, c.shape, backend, tables);
  tables.send(at::kCUDA);
  const std::int64_t hidden = c.shape.hidden();
  const at::Tensor qkv = on_gpu_as<T>(c.qkv, {c.batch.rows, 3 * hidden});
  const at::Tensor dout = on_gpu_as<T>(c.dout, {c.batch.rows, hidden});
  const AttentionState state = run.forward(qkv, c.key());
  return {host_values(state.out), host_values(run.backward(dout, qkv, state, c.key()))};
}

void expect_near(const Attended& seen, const Attended& wanted, double tolerance) {
  EXPECT_LT(largest_gap(seen.out, wanted.out), tolerance);
  EXPECT_LT(largest_gap(seen.dqkv, wanted.dqkv), tolerance);
}

TEST(OwnAttention, IsThatOfTheProcessorForEverySpan) {
  REQUIRE_GPU();
  for (const std::int64_t head_size : {2, 12, 16, 64, 90, 128}) {
    SCOPED_TRACE(head_size);
    const Case c = make_case(mixed_batch(), 3, head_size, 0);
    expect_near(on_device<float>(c, AttentionBackend::kOwn), on_processor(c), 1e-4);
  }
}

TEST(OwnAttention, DropsWhatTheProcessorDrops) {
  REQUIRE_GPU();
  const Case c = make_case(mixed_batch(), 4, 64, 0.3);
  expect_near(on_device<float>(c, AttentionBackend::kOwn), on_processor(c), 2e-4);
}

TEST(OwnAttention, IsNearInSixteenBits) {
  REQUIRE_GPU();
  const Case c = make_case(mixed_batch(), 4, 64, 0.1);
  expect_near(on_device<Bf16>(c, AttentionBackend::kOwn), on_processor(c), 0.15);
  expect_near(on_device<Fp16>(c, AttentionBackend::kOwn), on_processor(c), 0.03);
}

TEST(FlashAttention, IsThatOfTheProcessorForEverySpan) {
  REQUIRE_GPU();
  for (const PackedBatch& batch : {mixed_batch(), plain_batch()}) {
    const Case c = make_case(batch, 4, 64, 0);
    expect_near(on_device<Bf16>(c, AttentionBackend::kFlash), on_processor(c), 0.15);
    expect_near(on_device<Fp16>(c, AttentionBackend::kFlash), on_processor(c), 0.03);
  }
}

TEST(FlashAttention, DropoutKeepsTheMean) {
  REQUIRE_GPU();
  const Case plain = make_case(plain_batch(), 4, 64, 0);
  const Case dropped = make_case(plain_batch(), 4, 64, 0.2);
  const auto a = on_device<Bf16>(plain, AttentionBackend::kFlash).out;
  const auto b = on_device<Bf16>(dropped, AttentionBackend::kFlash).out;
  EXPECT_GT(largest_gap(a, b), 0.01);
  EXPECT_GT(cosine_of(a, b), 0.8);
}

TEST(AttentionBackends, RepeatTheirBits) {
  REQUIRE_GPU();
  const Case c = make_case(mixed_batch(), 4, 64, 0.2);
  at::globalContext().setDeterministicAlgorithms(true, false);
  for (const AttentionBackend backend : {AttentionBackend::kOwn, AttentionBackend::kFlash}) {
    const Attended first = on_device<Bf16>(c, backend), second = on_device<Bf16>(c, backend);
    EXPECT_EQ(first.out, second.out);
    EXPECT_EQ(first.dqkv, second.dqkv);
  }
}

}  // namespace
}  // namespace unimo::trainer
