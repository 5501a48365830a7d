// Joins the group of a training: the one call that a program needs.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "orchestrator/base/result.h"
#include "trainer/comm/comm.h"
#include "trainer/comm/launch.h"
#include "trainer/comm/sockets.h"

namespace unimo::trainer {

struct JoinRequest {
  double timeout_s = 600;     // of an operation in which nothing moves
  double meeting_s = 300;     // for all ranks to come
  std::optional<int> device;  // this process's GPU: sums of its memory too (with UNIMO_CUDA)
  Descriptor listener;        // rank 0: a socket that listens at launch.port already, or none
  // Asked while waiting for the others; a text gives up with that error.
  std::function<std::optional<std::string>()> given_up;
};

// A SingleComm for one rank, otherwise a TcpComm or NcclComm. Returns when all ranks have come.
Result<std::unique_ptr<Comm>> join(const Launch& launch, JoinRequest request);

}  // namespace unimo::trainer
