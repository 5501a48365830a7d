#include "trainer/comm/join.h"

#include <algorithm>
#include <utility>

#include "trainer/comm/single_comm.h"
#include "trainer/comm/tcp_comm.h"
#ifdef UNIMO_CUDA
#include "trainer/comm/nccl_comm.h"
#endif

namespace unimo::trainer {

Result<std::unique_ptr<Comm>> join(const Launch& launch, JoinRequest request) {
  if (launch.size == 1) return std::make_unique<SingleComm>();
  auto tcp = UNIMO_TRY(TcpComm::open(
      {.launch = launch,
       .timeout_s = request.meeting_s,
       .listener = std::move(request.listener),
       .given_up = std::move(request.given_up)},
      // Several signs of life within a time-out, however short.
      {.timeout_s = request.timeout_s, .beat_s = std::clamp(request.timeout_s / 8, 0.05, 1.0)}));
  if (!request.device) return tcp;
#ifdef UNIMO_CUDA
  return NcclComm::open(std::move(tcp), *request.device);
#else
  const Error mistake{ErrorCode::kInvalid,
                      "this build sums host memory only: build with the preset cuda"};
  tcp->abort(mistake);
  return tl::unexpected(mistake);
#endif
}

}  // namespace unimo::trainer
