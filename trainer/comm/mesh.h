// The connections of a group: every two ranks have two, one for the data of operations and one for
// signs of life, farewells and aborts.
//
// Data between ranks of one machine takes a local connection of the kernel instead of TCP: half the
// work, twice the speed.
//
// The higher rank connects to the lower one. A connection begins with a greeting that carries the
// group's random number, so that strangers at the port (a scanner, a rank of another job) are
// dropped.
#pragma once

#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/comm/rendezvous.h"
#include "trainer/comm/sockets.h"

namespace unimo::trainer {

struct Connection {
  Descriptor data;
  Descriptor control;
};

// By rank; the own entry is empty. All ranks are there when it returns. The error of a rendezvous
// that took too long says which ranks have come.
Result<std::vector<Connection>> build_mesh(Rendezvous rendezvous);

}  // namespace unimo::trainer
