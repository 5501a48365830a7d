#include "trainer/model/gather.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/model/call.h"
#include "trainer/model/device_ops.h"
#include "trainer/model/kernels.h"

namespace unimo::trainer {

void scatter_rows(const float* d, std::span<const std::int32_t> ids, std::int64_t columns,
                  float* table) {
  std::vector<std::int32_t> order(ids.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return ids[static_cast<std::size_t>(a)] < ids[static_cast<std::size_t>(b)];
  });
  const auto count = static_cast<std::int64_t>(ids.size());
  const auto id_at = [&](std::int64_t i) {
    return ids[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])];
  };
  at::parallel_for(0, count, kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    // A run of equal ids belongs to the task in which it begins.
    while (begin > 0 && begin < end && id_at(begin) == id_at(begin - 1)) ++begin;
    if (begin == end) return;
    while (end < count && id_at(end) == id_at(end - 1)) ++end;
    for (std::int64_t i = begin; i < end; ++i) {
      kernels().add(d + order[static_cast<std::size_t>(i)] * columns, table + id_at(i) * columns,
                    columns);
    }
  });
}

namespace {

class GatherCall : public Call {
 public:
  explicit GatherCall(std::span<const std::int32_t> rows) : rows_(rows.begin(), rows.end()) {}

  at::Tensor forward(const std::vector<at::Tensor>& inputs) override {
    const std::int64_t columns = inputs[0].size(1);
    at::Tensor out = at::empty({static_cast<std::int64_t>(rows_.size()), columns}, at::kFloat);
    float* to = out.data_ptr<float>();
    for (const std::int32_t row : rows_) {
      UNIMO_CHECK(row >= 0 && row < inputs[0].size(0), "row {} of a tensor with {} rows", row,
                  inputs[0].size(0));
      const float* from = inputs[0].const_data_ptr<float>() + row * columns;
      to = std::copy(from, from + columns, to);
    }
    return out;
  }

  std::vector<at::Tensor> backward(const at::Tensor& dy, const std::vector<at::Tensor>& inputs,
                                   const std::vector<bool>& /*needed*/) override {
    at::Tensor dx = at::zeros_like(inputs[0]);
    scatter_rows(dy.const_data_ptr<float>(), rows_, inputs[0].size(1), dx.data_ptr<float>());
    return {dx};
  }

 private:
  std::vector<std::int32_t> rows_;
};

}  // namespace

at::Tensor gather_rows(const at::Tensor& x, std::span<const std::int32_t> rows) {
  if (x.is_cuda()) return device_gather_rows(x, rows);
  return run_call({x}, c10::make_intrusive<GatherCall>(rows));
}

}  // namespace unimo::trainer
