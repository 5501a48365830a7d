// Adds up the gradients of a step over its micro-batches and over the processes.
//
//   exchange.begin_step(micro_batches);        // of all processes
//   for each own micro-batch:
//     …forward…  exchange.begin_backward(is_last);  loss.backward();  exchange.end_backward();
//   UNIMO_TRY(exchange.finish());              // gradients() hold the sums
//
// Gradients travel in buckets from the end of the flat buffer to its beginning, which is about the
// order in which the backward pass has them ready: a bucket of the last micro-batch leaves as soon
// as it and those before it are complete. The order is the same on all ranks. With exact sums every
// micro-batch is added as whole numbers (optim/fixed_point.h), so that the result does not depend
// on who computed what.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/comm/comm.h"
#include "trainer/config/train.h"
#include "trainer/model/gradient_ledger.h"
#include "trainer/model/parameters.h"

namespace unimo::trainer {

class GradientExchange : public GradientObserver {
 public:
  // `parts`: which stretch of the flat buffer each rank updates; empty: everyone all of it. Store
  // and comm must outlive this.
  GradientExchange(ParameterStore& store, Comm& comm, const ReductionConfig& config,
                   std::vector<Part> parts);
  GradientExchange(const GradientExchange&) = delete;
  GradientExchange& operator=(const GradientExchange&) = delete;

  // Sets the gradients to zero.
  void begin_step(std::int64_t micro_batches);
  // Around the backward pass of a micro-batch, whose forward pass is done.
  void begin_backward(bool is_last);
  void end_backward();
  // gradients() hold the sums: of the whole buffer, or with parts those of this rank's part. False
  // when exact sums met a value that is not finite or beyond their range: they are of no use then.
  Result<bool> finish();

  void gradient_ready(std::int64_t offset, std::int64_t count) override;

 private:
  struct Bucket {
    std::int64_t begin = 0, end = 0;
    std::int64_t missing = 0;  // values that the backward pass has still to give
    std::vector<Part> parts;   // relative to the bucket; empty: all of it on every rank
    std::unique_ptr<Work> work;
  };
  void make_buckets(std::int64_t values);
  void start_ready();
  void start(Bucket& bucket);
  void add_to_sums(const Bucket& bucket);
  void take_sums(std::int64_t begin, std::int64_t end);
  bool all_in_range() const;

  ParameterStore& store_;
  Comm& comm_;
  bool exact_;
  std::vector<Part> parts_;
  std::vector<Bucket> buckets_;
  at::Tensor sums_;          // of exact mode: int64, where the gradients lie
  at::Tensor out_of_range_;  // of sums on a GPU: int32 [1], not 0 when a value did not fit
  std::int64_t micro_batches_ = 1;
  std::size_t started_ = 0;  // buckets
  bool leaving_ = false;     // in the last micro-batch's backward pass
  bool in_range_ = true;
};

}  // namespace unimo::trainer
