// The ranks of a training with one NVIDIA GPU each: device memory goes by NCCL on a stream of its
// own, everything else, and the watch over the ranks, by the TCP group below.
//
// NCCL gives the same sums on all ranks and in every repetition with the same ranks and machines:
// it is held to its ring, without the adding switch (NVLS), whose sums vary from call to call.
// Their order is the ring's, so that they are not the bits of host memory; sums of int64 are.
// NCCL_ALGO and NCCL_NVLS_ENABLE in the environment win over these choices.
//
// That all ranks make the same call is checked over TCP beside the transfer; a rank that dies, or
// calls something else, ends NCCL's waiting through ncclCommAbort. Only in a build with UNIMO_CUDA.
#pragma once

#include <memory>

#include "trainer/comm/tcp_comm.h"

namespace unimo::trainer {

class NcclComm : public Comm {
 public:
  // `device`: number of this rank's GPU on its machine.
  static Result<std::unique_ptr<Comm>> open(std::unique_ptr<TcpComm> host, int device);
  ~NcclComm() override;

  int rank() const override { return host_->rank(); }
  int size() const override { return host_->size(); }
  // A handle's wait() returns when the result can be read on every stream; no handle may outlive
  // the group.
  std::unique_ptr<Work> start_all_reduce(CommBuffer buffer) override;
  std::unique_ptr<Work> start_reduce_scatter(CommBuffer buffer,
                                             std::span<const Part> parts) override;
  std::unique_ptr<Work> start_all_gather(CommBuffer buffer, std::span<const Part> parts) override;
  Status broadcast(std::span<std::byte> bytes, int root) override {
    return host_->broadcast(bytes, root);
  }
  Result<std::vector<std::string>> gather(std::string_view bytes) override {
    return host_->gather(bytes);
  }
  Status barrier() override { return host_->barrier(); }
  void abort(const Error& reason) override { host_->abort(reason); }

 private:
  class Device;  // NCCL's communicator, the stream, events
  class Transfer;
  NcclComm(std::unique_ptr<TcpComm> host, std::unique_ptr<Device> device);
  std::unique_ptr<Work> start(OperationKind kind, const CommBuffer& buffer,
                              std::span<const Part> parts, const Status& mistake);

  std::unique_ptr<TcpComm> host_;
  std::unique_ptr<Device> device_;
};

}  // namespace unimo::trainer
