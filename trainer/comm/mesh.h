// How ranks meet: each publishes where it listens, and every two of them make two connections, one
// for the data of operations and one for signs of life, farewells and aborts.
//
// The higher rank connects to the lower one. A connection begins with a greeting that carries the
// group's random number, so that strangers at the port (a scanner, a rank of another job) are
// dropped.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/comm/launch.h"
#include "trainer/comm/sockets.h"

namespace unimo::trainer {

struct Connection {
  Descriptor data;
  Descriptor control;
};

struct MeshRequest {
  Launch launch;
  double timeout_s = 300;
  Descriptor listener;  // rank 0: a socket that listens at launch.port already, or none
  // Asked while waiting; a text ends it with that error (a rank that was started is dead).
  std::function<std::optional<std::string>()> given_up;
};

// By rank; the own entry is empty. All ranks are there when it returns. The error of a rendezvous
// that took too long says which ranks have come.
Result<std::vector<Connection>> build_mesh(MeshRequest request);

}  // namespace unimo::trainer
