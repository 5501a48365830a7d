#include "trainer/translator/token_embedding.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <utility>

#include "orchestrator/base/result.h"
#include "trainer/model/call.h"
#include "trainer/model/gather.h"
#include "trainer/model/gemm.h"

namespace unimo::trainer {

namespace {

// Input: the table's leaf.
class EmbedTokensCall : public Call {
 public:
  EmbedTokensCall(ParameterStore& store, const Parameter& table, float scale,
                  std::span<const float> sinusoids, TokenRows rows, const DropoutKey& key)
      : store_(store),
        table_(table),
        scale_(scale),
        sinusoids_(sinusoids),
        rows_(std::move(rows)),
        key_(key) {
    anchor = 0;
    use = store.gradient_use({{table.offset, table.count}});
  }

  at::Tensor forward(const std::vector<at::Tensor>&) override {
    const std::int64_t h = table_.spec.shape[1];
    const auto count = static_cast<std::int64_t>(rows_.ids.size());
    at::Tensor out = at::empty({count, h}, at::kFloat);
    const float* words = store_.values().data() + table_.offset;
    Buffer<float> mask(h);
    for (std::int64_t r = 0; r < count; ++r) {
      const float* word = words + rows_.ids[static_cast<std::size_t>(r)] * h;
      const float* place = sinusoids_.data() + rows_.positions[static_cast<std::size_t>(r)] * h;
      float* to = out.data_ptr<float>() + r * h;
      for (std::int64_t i = 0; i < h; ++i) to[i] = word[i] * scale_ + place[i];
      drop(r, to, mask);
    }
    return out;
  }

  std::vector<at::Tensor> backward(const at::Tensor& dy, const std::vector<at::Tensor>&,
                                   const std::vector<bool>& needed) override {
    if (!needed[0]) return {at::Tensor()};
    const std::int64_t h = table_.spec.shape[1];
    const auto count = static_cast<std::int64_t>(rows_.ids.size());
    Buffer<float> scaled(count * h);
    Buffer<float> mask(h);
    for (std::int64_t r = 0; r < count; ++r) {
      const float* from = dy.const_data_ptr<float>() + r * h;
      float* to = scaled.data() + r * h;
      for (std::int64_t i = 0; i < h; ++i) to[i] = from[i] * scale_;
      drop(r, to, mask);
    }
    scatter_rows(scaled.data(), rows_.ids, h, store_.gradients().data() + table_.offset);
    return {at::Tensor()};
  }

 private:
  void drop(std::int64_t row, float* values, Buffer<float>& mask) const {
    if (key_.threshold == 0) return;
    const std::int64_t h = table_.spec.shape[1];
    kernels().dropout_row(key_, static_cast<std::uint32_t>(row), mask.data(), h);
    for (std::int64_t i = 0; i < h; ++i) values[i] *= mask.data()[i];
  }

  ParameterStore& store_;
  const Parameter& table_;
  float scale_;
  std::span<const float> sinusoids_;
  TokenRows rows_;
  DropoutKey key_;
};

}  // namespace

at::Tensor embed_tokens(ParameterStore& store, const Parameter& table, float scale,
                        std::span<const float> sinusoids, TokenRows rows, const DropoutKey& key) {
  const auto limit = static_cast<std::int32_t>(table.spec.shape[0]);
  UNIMO_CHECK(rows.ids.size() == rows.positions.size(), "{} ids at {} positions", rows.ids.size(),
              rows.positions.size());
  const auto bad =
      std::ranges::find_if(rows.ids, [limit](std::int32_t id) { return id < 0 || id >= limit; });
  UNIMO_CHECK(bad == rows.ids.end(), "a token id is {}: it must be below {}", *bad, limit);
  return run_call({table.value}, c10::make_intrusive<EmbedTokensCall>(
                                     store, table, scale, sinusoids, std::move(rows), key));
}

}  // namespace unimo::trainer
