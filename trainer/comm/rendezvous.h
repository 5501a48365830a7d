// The exchange of one line of text between all ranks, before any of them knows another: each brings
// its own and gets those of all.
//
// They meet at the address of the launch: rank 0 listens there, or the launcher does (torchrun's
// agent keeps a c10d::TCPStore there for the ranks). Our own table is used wherever it can be: it
// asks no name server about the ranks that come, and tells all of them who is missing.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/comm/launch.h"
#include "trainer/comm/sockets.h"

namespace unimo::trainer {

struct Rendezvous {
  Launch launch;
  double timeout_s = 300;
  Descriptor listener;  // rank 0: a socket that listens at launch.port already, or none
  // Asked while waiting; a text ends it with that error (a rank that was started is dead).
  std::function<std::optional<std::string>()> given_up;
};

// By rank. `line`: up to 200 bytes without a line end.
Result<std::vector<std::string>> exchange_lines(Rendezvous& rendezvous, const std::string& line);

// The error when a rendezvous has been given up or took too long, by the ranks that have come.
Status go_on_waiting(const Rendezvous& rendezvous, CommClock::time_point start,
                     const std::function<std::vector<bool>()>& come);

}  // namespace unimo::trainer
