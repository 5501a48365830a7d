// The loss of the language-model head on the device; see heads.h.
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/cuda/heads.h"
#include "trainer/cuda/loss_kernels.h"
#include "trainer/cuda/row_kernels.h"
#include "trainer/cuda/tables.h"
#include "trainer/model/call.h"

namespace unimo::trainer {

namespace {

// Rows whose logits exist at once: enough to fill the device.
constexpr std::int64_t kChunkRows = 4096;
// Logits of a row begin at a multiple of 128 bytes, also where the vocabulary is odd.
constexpr std::int64_t kLogitAlign = 64;

template <class T>
class DeviceLossCall : public Call {
 public:
  DeviceLossCall(const DeviceLinear& table, const DeviceStore<T>& store, DeviceGemm& gemm,
                 std::span<const std::int32_t> targets, double smoothing)
      : table_(table),
        store_(store),
        gemm_(gemm),
        rows_(static_cast<std::int64_t>(targets.size())),
        ld_((table.out + kLogitAlign - 1) / kLogitAlign * kLogitAlign),
        smoothing_(smoothing),
        version_(store.version()) {
    use = store_.use(table.ranges());
    place_ = targets_.add(targets);
  }

  at::Tensor forward(const std::vector<at::Tensor>& inputs) override {
    targets_.send(inputs[0].device());
    low_ = inputs[0].to(scalar_type<T>());
    lse_ = device_empty<float>({rows_});
    const at::Tensor losses = device_empty<double>({rows_});
    const bool keep = rows_ * ld_ * static_cast<std::int64_t>(sizeof(T)) <= kKeptLogitBytes;
    for (std::int64_t first = 0; first < rows_; first += kChunkRows) {
      const at::Tensor logits = make_logits(first);
      device_loss_rows(logit_rows(logits, first), pointer<float>(lse_) + first,
                       pointer<double>(losses) + first, current_stream());
      if (keep) kept_.push_back(logits);
    }
    at::Tensor sum = device_empty<float>({});
    device_sum(pointer<double>(losses), rows_, pointer<float>(sum), current_stream());
    return sum;
  }

  // The gradient of the logits takes their place: a second backward pass makes them again.
  std::vector<at::Tensor> backward(const at::Tensor& dy, const std::vector<at::Tensor>& inputs,
                                   const std::vector<bool>& needed) override {
    UNIMO_CHECK(version_ == store_.version(),
                "the weights changed between forward and backward pass");
    at::Tensor dx = at::empty_like(inputs[0]);
    for (std::int64_t first = 0; first < rows_; first += kChunkRows) {
      const auto chunk = static_cast<std::size_t>(first / kChunkRows);
      const at::Tensor logits =
          chunk < kept_.size() ? std::exchange(kept_[chunk], at::Tensor()) : make_logits(first);
      device_loss_gradient(logit_rows(logits, first), pointer<float>(lse_) + first,
                           pointer<float>(dy), current_stream());
      gemm_.input_gradient<T, float>(sizes(logits.size(0)), pointer<T>(logits),
                                     store_.low(table_.weight), nullptr,
                                     pointer<float>(dx) + first * table_.in);
      if (needed[1]) add_gradients(logits, first);
    }
    kept_.clear();
    return {dx, at::Tensor()};
  }

 private:
  LinearSizes sizes(std::int64_t rows) const {
    return {.rows = rows, .in = table_.in, .out = table_.out, .out_ld = ld_};
  }
  const T* low_rows(std::int64_t first) const { return pointer<T>(low_) + first * table_.in; }

  at::Tensor make_logits(std::int64_t first) const {
    const std::int64_t count = std::min(kChunkRows, rows_ - first);
    at::Tensor logits = device_empty<T>({count, ld_});
    gemm_.forward<T, T>(sizes(count), low_rows(first), store_.low(table_.weight), nullptr,
                        pointer<T>(logits));
    return logits;
  }

  LogitRows<T> logit_rows(const at::Tensor& logits, std::int64_t first) const {
    return {.logits = pointer<T>(logits),
            .ld = ld_,
            .bias = store_.value(table_.bias),
            .targets = targets_.at(place_) + first,
            .rows = logits.size(0),
            .vocabulary = table_.out,
            .smoothing = static_cast<float>(smoothing_)};
  }

  void add_gradients(const at::Tensor& dlogits, std::int64_t first) const {
    const std::int64_t count = dlogits.size(0);
    gemm_.weight_gradient<T>(sizes(count), pointer<T>(dlogits), low_rows(first),
                             store_.gradient(table_.weight));
    const at::Tensor partials = device_empty<float>({partial_blocks(count), table_.out});
    device_add_column_sums(pointer<T>(dlogits), ld_, count, table_.out, pointer<float>(partials),
                           store_.gradient(table_.bias), current_stream());
  }

  const DeviceLinear& table_;
  DeviceStore<T> store_;
  DeviceGemm& gemm_;
  std::int64_t rows_;
  std::int64_t ld_;
  double smoothing_;
  std::uint64_t version_;
  DeviceTables targets_;
  std::size_t place_ = 0;
  at::Tensor low_, lse_;
  std::vector<at::Tensor> kept_;  // logits of each chunk, or nothing
};

}  // namespace

template <class T>
at::Tensor device_cross_entropy_sum(const at::Tensor& rows, const DeviceLinear& table,
                                    const DeviceStore<T>& store, DeviceGemm& gemm,
                                    std::span<const std::int32_t> targets, double smoothing) {
  UNIMO_CHECK(rows.dim() == 2 && rows.size(0) == static_cast<std::int64_t>(targets.size()),
              "{} targets for {} rows", targets.size(), rows.size(0));
  for (const std::int32_t id : targets) {
    UNIMO_CHECK(id >= 0 && id < table.out, "target {} is outside the vocabulary of {}", id,
                table.out);
  }
  return run_call({rows, *table.anchor},
                  c10::make_intrusive<DeviceLossCall<T>>(table, store, gemm, targets, smoothing));
}

template at::Tensor device_cross_entropy_sum(const at::Tensor&, const DeviceLinear&,
                                             const DeviceStore<float>&, DeviceGemm&,
                                             std::span<const std::int32_t>, double);
template at::Tensor device_cross_entropy_sum(const at::Tensor&, const DeviceLinear&,
                                             const DeviceStore<Bf16>&, DeviceGemm&,
                                             std::span<const std::int32_t>, double);
template at::Tensor device_cross_entropy_sum(const at::Tensor&, const DeviceLinear&,
                                             const DeviceStore<Fp16>&, DeviceGemm&,
                                             std::span<const std::int32_t>, double);

}  // namespace unimo::trainer
