// A training on one process: every sum is its own term, and nobody is waited for.
#pragma once

#include <optional>

#include "trainer/comm/comm.h"

namespace unimo::trainer {

class SingleComm : public Comm {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  std::unique_ptr<Work> start_all_reduce(CommBuffer buffer) override;
  std::unique_ptr<Work> start_reduce_scatter(CommBuffer buffer,
                                             std::span<const Part> parts) override;
  std::unique_ptr<Work> start_all_gather(CommBuffer buffer, std::span<const Part> parts) override;
  Status broadcast(std::span<std::byte> bytes, int root) override;
  Result<std::vector<std::string>> gather(std::string_view bytes) override;
  Status barrier() override;
  void abort(const Error& reason) override;

 private:
  Status alive() const;
  std::optional<Error> failure_;  // of abort()
};

}  // namespace unimo::trainer
