// Real processes as the ranks of a group, on the loopback of this machine.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "trainer/comm/join.h"

namespace unimo::testing {

// How a rank ended: what its function returned (or the text of an exception), and the signal that
// killed it. A rank that runs longer than a minute is killed and says so.
struct RankEnd {
  std::string said;
  int signal = 0;
  double seconds = 0;  // from the start of all until the end of this one
};

// What a rank knows.
struct RankPlace {
  trainer::Launch launch;
  trainer::Descriptor listener;  // of rank 0
  std::vector<pid_t> others;     // processes of the ranks below this one
};

using RankFunction = std::function<std::string(RankPlace& place)>;

// Forks one process for each of `ranks` ranks (without those in `absent`) and waits for their ends.
std::vector<RankEnd> run_ranks(int ranks, const RankFunction& function,
                               const std::vector<int>& absent = {});

// Joins, runs `work`, and gives its text, or the error of joining.
std::vector<RankEnd> run_group(int ranks, const std::function<std::string(trainer::Comm&)>& work,
                               double timeout_s = 30);

// "ok", or the error's message.
std::string text_of(const Status& status);

}  // namespace unimo::testing
