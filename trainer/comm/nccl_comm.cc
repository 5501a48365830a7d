#include "trainer/comm/nccl_comm.h"

#include <cuda_runtime_api.h>
#include <nccl.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>
#include <utility>

namespace unimo::trainer {

namespace {

Status cuda(cudaError_t code, const char* call) {
  if (code == cudaSuccess) return ok();
  return fail(ErrorCode::kFailed, "{}: {}", call, cudaGetErrorString(code));
}

Status nccl(ncclResult_t code, const char* call) {
  // A call that goes on by itself is asked about with ncclCommGetAsyncError.
  if (code == ncclSuccess || code == ncclInProgress) return ok();
  return fail(ErrorCode::kFailed, "{}: {}", call, ncclGetErrorString(code));
}

ncclDataType_t type_of(ElementType type) {
  switch (type) {
    case ElementType::kFloat: return ncclFloat32;
    case ElementType::kDouble: return ncclFloat64;
    case ElementType::kInt64: return ncclInt64;
    case ElementType::kByte: break;
  }
  return ncclUint8;
}

class Event {
 public:
  Event() = default;
  ~Event() {
    if (event_ != nullptr) cudaEventDestroy(event_);
  }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  Status record(cudaStream_t stream) {
    if (event_ == nullptr) {
      UNIMO_TRY(cuda(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), "cudaEventCreate"));
    }
    return cuda(cudaEventRecord(event_, stream), "cudaEventRecord");
  }
  cudaEvent_t get() const { return event_; }

 private:
  cudaEvent_t event_ = nullptr;
};

}  // namespace

class NcclComm::Device {
 public:
  explicit Device(TcpComm& host) : host_(host) {}
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  ~Device() {
    if (comm_ != nullptr && !host_.failure() && nccl(ncclCommFinalize(comm_), "") &&
        settle("ncclCommFinalize")) {
      ncclCommDestroy(comm_);
      comm_ = nullptr;
    }
    give_up();
    if (stream_ != nullptr) cudaStreamDestroy(stream_);
  }

  Status open(int device) {
    UNIMO_TRY(cuda(cudaSetDevice(device), "cudaSetDevice"));
    UNIMO_TRY(cuda(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate"));
    // The same sums every time (docs/processes.md); what the user has set stays.
    ::setenv("NCCL_ALGO", "Ring", 0);
    ::setenv("NCCL_NVLS_ENABLE", "0", 0);
    ncclUniqueId id{};
    if (host_.rank() == 0) UNIMO_TRY(nccl(ncclGetUniqueId(&id), "ncclGetUniqueId"));
    UNIMO_TRY(host_.broadcast(std::as_writable_bytes(std::span(&id, 1)), 0));
    ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
    config.blocking = 0;
    UNIMO_TRY(nccl(ncclCommInitRankConfig(&comm_, host_.size(), id, host_.rank(), &config),
                   "ncclCommInitRankConfig"));
    return settle("ncclCommInitRankConfig");
  }

  // Queues the operation behind what was queued on the buffer's stream; `done` follows it.
  Status queue(OperationKind kind, const CommBuffer& buffer, std::span<const Part> parts,
               Event& done) {
    if (comm_ == nullptr) return fail(ErrorCode::kFailed, "NCCL was ended after a failure");
    Event ready;
    UNIMO_TRY(ready.record(static_cast<cudaStream_t>(buffer.stream)));
    UNIMO_TRY(cuda(cudaStreamWaitEvent(stream_, ready.get(), 0), "cudaStreamWaitEvent"));
    UNIMO_TRY(nccl(ncclGroupStart(), "ncclGroupStart"));
    const Status called = call(kind, buffer, parts);
    const Status ended = nccl(ncclGroupEnd(), "ncclGroupEnd");
    UNIMO_TRY(Status(called));
    UNIMO_TRY(Status(ended));
    UNIMO_TRY(settle("the start of an operation"));
    return done.record(stream_);
  }

  // Until `done`, or until the group or NCCL has failed. Time counts as in a TCP operation.
  Status wait(const Event& done) {
    const auto start = CommClock::now();
    while (true) {
      const cudaError_t state = cudaEventQuery(done.get());
      if (state == cudaSuccess) return ok();
      if (state != cudaErrorNotReady) return cuda(state, "cudaEventQuery");
      UNIMO_TRY(watch("an operation", start));
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
  }

  // Ends NCCL's kernels and threads, whatever they wait for.
  void give_up() {
    if (comm_ != nullptr) ncclCommAbort(std::exchange(comm_, nullptr));
  }

 private:
  Status call(OperationKind kind, const CommBuffer& buffer, std::span<const Part> parts) {
    const ncclDataType_t type = type_of(buffer.type);
    if (kind == OperationKind::kAllReduce) {
      return nccl(ncclAllReduce(buffer.data, buffer.data, static_cast<std::size_t>(buffer.count),
                                type, ncclSum, comm_, stream_),
                  "ncclAllReduce");
    }
    // Parts of unequal sizes: one reduction or broadcast each, which NCCL runs together.
    for (int root = 0; root < static_cast<int>(parts.size()); ++root) {
      const Part part = parts[static_cast<std::size_t>(root)];
      if (part.count == 0) continue;
      void* const data = static_cast<std::byte*>(buffer.data) + part.offset * size_of(buffer.type);
      const auto count = static_cast<std::size_t>(part.count);
      if (kind == OperationKind::kReduceScatter) {
        UNIMO_TRY(
            nccl(ncclReduce(data, data, count, type, ncclSum, root, comm_, stream_), "ncclReduce"));
      } else {
        UNIMO_TRY(
            nccl(ncclBroadcast(data, data, count, type, root, comm_, stream_), "ncclBroadcast"));
      }
    }
    return ok();
  }

  // A call of a communicator that does not block is over when NCCL says so.
  Status settle(const char* what) {
    const auto start = CommClock::now();
    while (true) {
      ncclResult_t state = ncclSuccess;
      UNIMO_TRY(nccl(ncclCommGetAsyncError(comm_, &state), "ncclCommGetAsyncError"));
      if (state == ncclSuccess) return ok();
      if (state != ncclInProgress) return nccl(state, what);
      UNIMO_TRY(watch(what, start));
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
  }

  Status watch(const char* what, CommClock::time_point start) {
    if (const auto failure = host_.failure()) return tl::unexpected(*failure);
    ncclResult_t state = ncclSuccess;
    UNIMO_TRY(nccl(ncclCommGetAsyncError(comm_, &state), "ncclCommGetAsyncError"));
    UNIMO_TRY(nccl(state, what));
    const double waited = std::chrono::duration<double>(CommClock::now() - start).count();
    if (waited < host_.timeout_s()) return ok();
    return fail(ErrorCode::kFailed, "NCCL has not ended {} for {:.1f} s", what, waited);
  }

  TcpComm& host_;
  cudaStream_t stream_ = nullptr;
  ncclComm_t comm_ = nullptr;
};

// An operation of the device with its check over TCP.
class NcclComm::Transfer : public Work {
 public:
  Transfer(NcclComm& comm, std::unique_ptr<Work> check) : comm_(comm), check_(std::move(check)) {}
  ~Transfer() override { (void)wait(); }

  void start(OperationKind kind, const CommBuffer& buffer, std::span<const Part> parts) {
    status_ = comm_.device_->queue(kind, buffer, parts, done_);
    if (!status_) finish();
  }

  Status wait() override {
    if (ended_) return status_;
    status_ = comm_.device_->wait(done_);
    if (status_) status_ = check_->wait();
    finish();
    return status_;
  }

 private:
  void finish() {
    ended_ = true;
    if (status_) return;
    comm_.abort(status_.error());
    comm_.device_->give_up();
    (void)check_->wait();
    status_ = tl::unexpected(*comm_.host_->failure());  // the first one of the group
  }

  NcclComm& comm_;
  std::unique_ptr<Work> check_;
  Event done_;
  Status status_;
  bool ended_ = false;
};

NcclComm::NcclComm(std::unique_ptr<TcpComm> host, std::unique_ptr<Device> device)
    : host_(std::move(host)), device_(std::move(device)) {}

NcclComm::~NcclComm() = default;

Result<std::unique_ptr<Comm>> NcclComm::open(std::unique_ptr<TcpComm> host, int device) {
  auto state = std::make_unique<Device>(*host);
  if (const Status opened = state->open(device); !opened) {
    host->abort(opened.error());
    return tl::unexpected(*host->failure());
  }
  return std::unique_ptr<Comm>(new NcclComm(std::move(host), std::move(state)));
}

std::unique_ptr<Work> NcclComm::start_all_reduce(CommBuffer buffer) {
  if (buffer.memory == MemoryKind::kHost) return host_->start_all_reduce(buffer);
  return start(OperationKind::kAllReduce, buffer, {}, check_summable(buffer));
}

std::unique_ptr<Work> NcclComm::start_reduce_scatter(CommBuffer buffer,
                                                     std::span<const Part> parts) {
  if (buffer.memory == MemoryKind::kHost) return host_->start_reduce_scatter(buffer, parts);
  Status mistake = check_summable(buffer);
  if (mistake) mistake = check_parts(buffer, parts, size());
  return start(OperationKind::kReduceScatter, buffer, parts, mistake);
}

std::unique_ptr<Work> NcclComm::start_all_gather(CommBuffer buffer, std::span<const Part> parts) {
  if (buffer.memory == MemoryKind::kHost) return host_->start_all_gather(buffer, parts);
  return start(OperationKind::kAllGather, buffer, parts, check_parts(buffer, parts, size()));
}

std::unique_ptr<Work> NcclComm::start(OperationKind kind, const CommBuffer& buffer,
                                      std::span<const Part> parts, const Status& mistake) {
  if (!mistake) {
    abort({mistake.error().code, fmt::format("{}: {}", to_string(kind), mistake.error().message)});
  }
  if (const auto failure = host_->failure()) return finished_work(tl::unexpected(*failure));
  auto transfer = std::make_unique<Transfer>(*this, host_->start_check(kind, buffer, parts));
  transfer->start(kind, buffer, parts);
  return transfer;
}

}  // namespace unimo::trainer
