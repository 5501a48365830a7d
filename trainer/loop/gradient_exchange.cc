#include "trainer/loop/gradient_exchange.h"

#include <ATen/ops/zeros.h>

#include <algorithm>
#include <utility>

#include "trainer/loop/stretch_buffer.h"
#include "trainer/model/device_ops.h"
#include "trainer/optim/fixed_point.h"

namespace unimo::trainer {
namespace {

// Of a flat tensor on the host.
template <class T>
std::span<T> stretch(const at::Tensor& flat, std::int64_t begin, std::int64_t end) {
  return {flat.data_ptr<T>() + begin, static_cast<std::size_t>(end - begin)};
}

// What of the parts lies in [begin, end), relative to its beginning.
std::vector<Part> parts_within(const std::vector<Part>& parts, std::int64_t begin,
                               std::int64_t end) {
  std::vector<Part> inside;
  for (const Part& part : parts) {
    const std::int64_t from = std::clamp(part.offset, begin, end);
    const std::int64_t to = std::clamp(part.offset + part.count, begin, end);
    inside.push_back({.offset = from - begin, .count = to - from});
  }
  return inside;
}

}  // namespace

GradientExchange::GradientExchange(ParameterStore& store, Comm& comm, const ReductionConfig& config,
                                   std::vector<Part> parts)
    : store_(store), comm_(comm), exact_(config.sums == "exact"), parts_(std::move(parts)) {
  if (exact_) {
    const auto whole_numbers = at::TensorOptions().dtype(at::kLong).device(store.device());
    sums_ = at::zeros({store.size()}, whole_numbers);
    if (sums_.is_cuda()) out_of_range_ = at::zeros({1}, whole_numbers.dtype(at::kInt));
  }
  if (exact_ || comm.size() > 1) {
    make_buckets(static_cast<std::int64_t>(config.bucket_mb * 1e6 / sizeof(float)));
  }
}

// Whole parameters, from the last to the first.
void GradientExchange::make_buckets(std::int64_t values) {
  std::int64_t end = store_.size();
  const auto all = store_.all();
  for (auto p = all.rbegin(); p != all.rend(); ++p) {
    const bool is_first = p + 1 == all.rend();
    if (end - p->offset < values && !is_first) continue;
    const std::int64_t begin = is_first ? 0 : p->offset;
    buckets_.push_back(
        {.begin = begin, .end = end, .parts = parts_within(parts_, begin, end), .work = nullptr});
    end = begin;
  }
}

void GradientExchange::begin_step(std::int64_t micro_batches) {
  store_.zero_gradients();
  micro_batches_ = micro_batches;
  started_ = 0;
  leaving_ = false;
  in_range_ = true;
  if (out_of_range_.defined()) out_of_range_.zero_();
}

void GradientExchange::begin_backward(bool is_last) {
  leaving_ = is_last && !buckets_.empty();
  if (!leaving_) return;
  for (Bucket& bucket : buckets_) bucket.missing = bucket.end - bucket.begin;
  store_.ledger().observe(this);
}

void GradientExchange::end_backward() {
  store_.ledger().finish();
  if (leaving_ || !exact_) return;
  for (const Bucket& bucket : buckets_) add_to_sums(bucket);
}

void GradientExchange::gradient_ready(std::int64_t offset, std::int64_t count) {
  for (Bucket& bucket : buckets_) {
    const std::int64_t from = std::max(offset, bucket.begin);
    const std::int64_t to = std::min(offset + count, bucket.end);
    if (from < to) bucket.missing -= to - from;
  }
  start_ready();
}

void GradientExchange::start_ready() {
  while (started_ < buckets_.size() && buckets_[started_].missing == 0) start(buckets_[started_++]);
}

void GradientExchange::add_to_sums(const Bucket& bucket) {
  const auto [begin, end] = std::pair(bucket.begin, bucket.end);
  const at::Tensor& gradients = store_.flat_gradients();
  if (sums_.is_cuda()) {
    device_add_fixed(gradients.slice(0, begin, end), sums_.slice(0, begin, end), micro_batches_,
                     out_of_range_);
    return;
  }
  in_range_ &= add_fixed(stretch<float>(gradients, begin, end),
                         stretch<std::int64_t>(sums_, begin, end), micro_batches_);
}

void GradientExchange::take_sums(std::int64_t begin, std::int64_t end) {
  const at::Tensor& gradients = store_.flat_gradients();
  if (sums_.is_cuda()) {
    device_take_fixed(sums_.slice(0, begin, end), gradients.slice(0, begin, end));
    return;
  }
  take_fixed(stretch<std::int64_t>(sums_, begin, end), stretch<float>(gradients, begin, end));
}

bool GradientExchange::all_in_range() const {
  return in_range_ && (!out_of_range_.defined() || out_of_range_.item<int>() == 0);
}

void GradientExchange::start(Bucket& bucket) {
  if (exact_) add_to_sums(bucket);
  const CommBuffer buffer =
      stretch_buffer(exact_ ? sums_ : store_.flat_gradients(), bucket.begin, bucket.end);
  bucket.work = bucket.parts.empty() ? comm_.start_all_reduce(buffer)
                                     : comm_.start_reduce_scatter(buffer, bucket.parts);
}

// Where this rank had no micro-batch, nothing was announced.
Result<bool> GradientExchange::finish() {
  while (started_ < buckets_.size()) start(buckets_[started_++]);
  for (Bucket& bucket : buckets_) {
    UNIMO_TRY(bucket.work->wait());
    bucket.work.reset();
  }
  if (exact_) {
    const auto rank = static_cast<std::size_t>(comm_.rank());
    const Part own = parts_.empty() ? Part{.offset = 0, .count = store_.size()} : parts_[rank];
    take_sums(own.offset, own.offset + own.count);
    if (!parts_.empty()) sums_.zero_();
  }
  return all_in_range();
}

}  // namespace unimo::trainer
