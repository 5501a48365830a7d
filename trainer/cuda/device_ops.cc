// Rows by number, AdamW and exact sums on the device; see trainer/model/device_ops.h.
#include "trainer/model/device_ops.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <utility>

#include "orchestrator/base/result.h"
#include "trainer/cuda/device_math.h"
#include "trainer/cuda/device_store.h"
#include "trainer/cuda/element_kernels.h"
#include "trainer/cuda/optimizer_kernels.h"
#include "trainer/cuda/tables.h"
#include "trainer/model/call.h"

namespace unimo::trainer {

namespace {

class DeviceGatherCall : public Call {
 public:
  explicit DeviceGatherCall(std::span<const std::int32_t> rows) : rows_(rows.begin(), rows.end()) {}

  at::Tensor forward(const std::vector<at::Tensor>& inputs) override {
    const auto count = static_cast<std::int64_t>(rows_.size());
    const std::int64_t columns = inputs[0].size(1);
    for (const std::int32_t row : rows_) {
      UNIMO_CHECK(row >= 0 && row < inputs[0].size(0), "row {} of a tensor with {} rows", row,
                  inputs[0].size(0));
    }
    DeviceTables tables;
    const std::size_t place = tables.add(rows_);
    tables.send(inputs[0].device());
    at::Tensor out = device_empty<float>({count, columns});
    device_gather(pointer<float>(inputs[0]), columns, tables.at(place), count, columns,
                  pointer<float>(out), columns, current_stream());
    return out;
  }

  std::vector<at::Tensor> backward(const at::Tensor& dy, const std::vector<at::Tensor>& inputs,
                                   const std::vector<bool>& /*needed*/) override {
    at::Tensor dx = at::zeros_like(inputs[0]);
    if (rows_.empty()) return {dx};
    const std::int64_t columns = dx.size(1);
    DeviceTables tables;
    const DeviceSegments segments(plan_segments(rows_, static_cast<std::int32_t>(dx.size(0))),
                                  tables);
    tables.send(dx.device());
    const SegmentPieces pieces = segments.pieces(tables);
    const at::Tensor sums = device_empty<float>({pieces.piece_count, columns});
    device_segment_sums(pointer<float>(dy), columns, pieces, columns, pointer<float>(sums),
                        current_stream());
    device_segment_store(pointer<float>(sums), pieces, columns, pointer<float>(dx), columns,
                         /*add=*/false, current_stream());
    return {dx};
  }

 private:
  std::vector<std::int32_t> rows_;
};

// Values that one block works on.
constexpr std::int64_t kPieceValues = 1 << 15;

// As on the processor (optim/adamw.cc), so that a share cuts none.
std::vector<DevicePiece> pieces_of(const ParameterStore& store) {
  std::vector<DevicePiece> pieces;
  for (const Parameter& p : store.all()) {
    // Up to the next multiple of 16 there are only zeros, which stay zeros; it adds no piece.
    const std::int64_t count = (p.count + 15) / 16 * 16;
    for (std::int64_t done = 0; done < count; done += kPieceValues) {
      pieces.push_back({.begin = p.offset + done,
                        .count = static_cast<std::int32_t>(std::min(kPieceValues, count - done)),
                        .decay = p.spec.decay ? 1 : 0});
    }
  }
  return pieces;
}

class CudaOptimizer : public DeviceOptimizer {
 public:
  CudaOptimizer(ParameterStore& store, std::int64_t begin, std::int64_t end)
      : store_(store),
        begin_(begin),
        first_(at::zeros({end - begin}, store.flat_values().options().requires_grad(false))),
        second_(at::zeros_like(first_)) {
    std::vector<DevicePiece> own;
    for (const DevicePiece& piece : pieces_of(store)) {
      if (piece.begin < begin) ++pieces_before_;
      if (piece.begin >= begin && piece.begin < end) own.push_back(piece);
      ++all_pieces_;
    }
    piece_count_ = static_cast<std::int64_t>(own.size());
    pieces_ = pieces_table_.add_records(own);
    pieces_table_.send(store.device());
    squares_ = device_empty<double>({piece_count_});
  }

  std::vector<double> squares() override {
    device_piece_squares(pointer<float>(store_.flat_gradients()), pieces(), piece_count_,
                         pointer<double>(squares_), current_stream());
    const at::Tensor host = squares_.cpu();
    std::vector<double> all(all_pieces_, 0.0);
    std::copy_n(host.const_data_ptr<double>(), piece_count_,
                all.begin() + static_cast<std::ptrdiff_t>(pieces_before_));
    return all;
  }

  void step(const AdamWStep& step) override {
    const at::Tensor& low = store_.low_copy();
    device_adamw({.values = pointer<float>(store_.flat_values()),
                  .gradients = pointer<float>(store_.flat_gradients()),
                  .first = pointer<float>(first_) - begin_,
                  .second = pointer<float>(second_) - begin_,
                  .low = low.defined() ? low.data_ptr() : nullptr,
                  .low_is_fp16 = low.defined() && low.scalar_type() == at::kHalf,
                  .pieces = pieces(),
                  .piece_count = piece_count_,
                  .step = step},
                 current_stream());
    store_.updated_on_device();
  }

  void download(std::span<float> first, std::span<float> second) const override {
    device_download(first_, first);
    device_download(second_, second);
  }
  void upload(std::span<const float> first, std::span<const float> second) override {
    first_.copy_(view(first));
    second_.copy_(view(second));
  }

 private:
  const DevicePiece* pieces() const { return pieces_table_.records_at<DevicePiece>(pieces_); }
  static at::Tensor view(std::span<const float> values) {
    return at::from_blob(const_cast<float*>(values.data()),
                         {static_cast<std::int64_t>(values.size())}, at::kFloat);
  }

  ParameterStore& store_;
  std::int64_t begin_;
  at::Tensor first_, second_;  // from value begin_ of the store on
  at::Tensor squares_;
  std::size_t pieces_before_ = 0, all_pieces_ = 0;
  DeviceTables pieces_table_;
  std::size_t pieces_ = 0;
  std::int64_t piece_count_ = 0;
};

}  // namespace

at::Tensor device_gather_rows(const at::Tensor& x, std::span<const std::int32_t> rows) {
  return run_call({x}, c10::make_intrusive<DeviceGatherCall>(rows));
}

void device_add_fixed(const at::Tensor& values, const at::Tensor& sums, std::int64_t terms,
                      const at::Tensor& out_of_range) {
  UNIMO_CHECK(values.numel() == sums.numel() && terms > 0, "{} values, {} sums, {} terms",
              values.numel(), sums.numel(), terms);
  device_add_fixed_point(pointer<float>(values), values.numel(),
                         kFixedPointLimit / static_cast<double>(terms), pointer<long long>(sums),
                         pointer<std::int32_t>(out_of_range), current_stream());
}

void device_take_fixed(const at::Tensor& sums, const at::Tensor& values) {
  UNIMO_CHECK(values.numel() == sums.numel(), "{} values, {} sums", values.numel(), sums.numel());
  device_take_fixed_point(pointer<long long>(sums), sums.numel(), pointer<float>(values),
                          current_stream());
}

std::unique_ptr<DeviceOptimizer> make_device_optimizer(ParameterStore& store, std::int64_t begin,
                                                       std::int64_t end) {
  return std::make_unique<CudaOptimizer>(store, begin, end);
}

}  // namespace unimo::trainer
