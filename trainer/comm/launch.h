// Which rank of how many this process is, and where rank 0 waits for the others: from the caller,
// from the variables of torchrun, or from those of a Slurm step.
//
//   launch_of_process({}, &process_variable)
//
//   torchrun   RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT: all five or none;
//              LOCAL_WORLD_SIZE, TORCHELASTIC_USE_AGENT_STORE and TORCHELASTIC_RESTART_COUNT where
//              they are given.
//   Slurm      SLURM_PROCID, SLURM_NTASKS, SLURM_LOCALID, SLURM_JOB_NODELIST, SLURM_JOB_ID, inside
//   a
//              step only (SLURM_STEP_ID is set): a batch script has the same variables although it
//              is one process. Rank 0 is on the first host of the list, its port follows from the
//              number of the job. MASTER_ADDR and MASTER_PORT replace them where both are set.
//
// Half-set or contradictory variables are an error that names the variable, its value and the
// remedy: a rank that guesses wrongly makes all others wait.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "orchestrator/base/result.h"

namespace unimo::trainer {

struct Launch {
  int rank = 0;
  int size = 1;
  int local_rank = 0;   // among the ranks of this machine: the number of its GPU
  int local_size = 1;   // ranks on this machine, 1 when the launcher does not say
  std::string address;  // host name or number of rank 0; empty with one rank
  int port = 0;         // rank 0 listens there
  bool served = false;  // the launcher listens there already and keeps the table of ranks
  std::string attempt;  // torchrun's count of restarts: their ranks must not meet
};

// The value of an environment variable, nothing when it is not set; empty counts as not set.
using Variables = std::function<std::optional<std::string>(const char* name)>;
std::optional<std::string> process_variable(const char* name);

// One rank where nothing says otherwise.
Result<Launch> launch_of_process(const std::optional<Launch>& given, const Variables& variables);

// The first host of a Slurm list: n01 of "n[01-03,7],m2".
Result<std::string> first_host(std::string_view list);

}  // namespace unimo::trainer
