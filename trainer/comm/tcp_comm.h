// The ranks of a training over TCP: every two of them are connected, host memory only.
//
// A sum is cut into one part per rank. Each rank gets all terms of its part straight from the
// others, adds them up in the order of the ranks while they come, and sends the sums on: every byte
// travels twice and nobody sends more than 2 (n-1)/n of the buffer, as in a ring, with two hops
// instead of 2 (n-1).
//
// A thread of the group moves the bytes, one operation after the other; another watches over the
// ranks (monitor.h). Time-outs count from the last byte that moved.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "trainer/comm/comm.h"
#include "trainer/comm/exchange.h"
#include "trainer/comm/mesh.h"
#include "trainer/comm/monitor.h"

namespace unimo::trainer {

struct TcpCommOptions {
  double timeout_s = 600;  // of an operation in which nothing moves
  double beat_s = 1;       // between signs of life
};

class TcpComm : public Comm {
 public:
  // Meets the other ranks.
  static Result<std::unique_ptr<TcpComm>> open(Rendezvous rendezvous,
                                               const TcpCommOptions& options);
  ~TcpComm() override;

  int rank() const override { return rank_; }
  int size() const override { return static_cast<int>(data_.size()); }
  std::unique_ptr<Work> start_all_reduce(CommBuffer buffer) override;
  std::unique_ptr<Work> start_reduce_scatter(CommBuffer buffer,
                                             std::span<const Part> parts) override;
  std::unique_ptr<Work> start_all_gather(CommBuffer buffer, std::span<const Part> parts) override;
  Status broadcast(std::span<std::byte> bytes, int root) override;
  Result<std::vector<std::string>> gather(std::string_view bytes) override;
  Status barrier() override;
  void abort(const Error& reason) override;

  // For operations that go another way (nccl_comm.h): that all ranks make the same one, and whether
  // the group has failed.
  std::unique_ptr<Work> start_check(OperationKind kind, const CommBuffer& buffer,
                                    std::span<const Part> parts);
  std::optional<Error> failure() const { return monitor_.failure(); }
  double timeout_s() const { return options_.timeout_s; }

 private:
  struct Operation {
    OperationHeader header;  // the number is given when it runs
    std::vector<Transfer> transfers;
    std::optional<Summation> summation;
  };

  TcpComm(int rank, std::vector<Descriptor> data, std::vector<Descriptor> controls,
          const TcpCommOptions& options);
  std::vector<Transfer> transfers() const;
  std::unique_ptr<Work> start(Operation operation);
  std::unique_ptr<Work> refuse(std::string_view call, const Error& mistake);
  Status run(Operation& operation);
  void run_queue();

  const int rank_;
  const TcpCommOptions options_;
  const std::vector<Descriptor> data_;  // by rank
  Monitor monitor_;
  std::vector<std::byte> rings_;  // of Exchange; the group's thread only, as is number_
  std::uint64_t number_ = 0;
  std::mutex mutex_;  // guards the three below
  std::deque<std::packaged_task<Status()>> queue_;
  int unfinished_ = 0;  // operations, the running one too
  bool ending_ = false;
  std::condition_variable news_;
  std::thread thread_;
};

}  // namespace unimo::trainer
