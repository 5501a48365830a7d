// From the device to the host beside its work; see trainer/model/device_ops.h.
#include <ATen/ops/empty.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime.h>

#include <algorithm>
#include <array>

#include "orchestrator/base/result.h"
#include "trainer/cuda/device_store.h"
#include "trainer/model/device_ops.h"

namespace unimo::trainer {

namespace {

class Event {
 public:
  Event() { C10_CUDA_CHECK(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming)); }
  ~Event() { cudaEventDestroy(event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  void record(cudaStream_t stream) { C10_CUDA_CHECK(cudaEventRecord(event_, stream)); }
  void wait() { C10_CUDA_CHECK(cudaEventSynchronize(event_)); }
  void hold(cudaStream_t stream) { C10_CUDA_CHECK(cudaStreamWaitEvent(stream, event_, 0)); }

 private:
  cudaEvent_t event_ = nullptr;
};

// Pinned memory that a copy runs into while the one before is carried on from the other.
constexpr std::int64_t kPieceValues = 1 << 22;  // 16 MiB
struct Piece {
  at::Tensor pinned =
      at::empty({kPieceValues}, at::TensorOptions().dtype(at::kFloat).pinned_memory(true));
  Event arrived;
};

}  // namespace

void device_download(const at::Tensor& from, std::span<float> to) {
  const std::int64_t count = from.numel();
  UNIMO_CHECK(count == static_cast<std::int64_t>(to.size()), "{} values for {} places", count,
              to.size());
  const c10::cuda::CUDAGuard on(from.device());
  const cudaStream_t beside = c10::cuda::getStreamFromPool().stream();
  Event queued;
  queued.record(current_stream());
  queued.hold(beside);
  std::array<Piece, 2> pieces;
  const auto carry = [&](std::int64_t begin) {
    Piece& piece = pieces[static_cast<std::size_t>(begin / kPieceValues % 2)];
    piece.arrived.wait();
    std::copy_n(piece.pinned.const_data_ptr<float>(), std::min(kPieceValues, count - begin),
                to.data() + begin);
  };
  for (std::int64_t begin = 0; begin < count; begin += kPieceValues) {
    Piece& piece = pieces[static_cast<std::size_t>(begin / kPieceValues % 2)];
    const auto bytes =
        static_cast<std::size_t>(std::min(kPieceValues, count - begin)) * sizeof(float);
    C10_CUDA_CHECK(cudaMemcpyAsync(piece.pinned.data_ptr(), pointer<float>(from) + begin, bytes,
                                   cudaMemcpyDeviceToHost, beside));
    piece.arrived.record(beside);
    if (begin > 0) carry(begin - kPieceValues);
  }
  if (count > 0) carry((count - 1) / kPieceValues * kPieceValues);
}

}  // namespace unimo::trainer
