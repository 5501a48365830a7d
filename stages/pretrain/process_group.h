// The processes that share one training job.
//
//   auto group = UNIMO_TRY(ProcessGroup::start(context, params.train));  // early: ranks load
//   together
//   ...                                                                  // read data, make the
//   model UNIMO_TRY(group->join());                                            // now comm() is
//   there
//   ...                                                                  // train
//   return group->end(status);                                           // on every path after
//   join
//
// One process, unless train.processes asks for more, which are then started here, or a launcher
// (torchrun, srun) has started several, which then meet. Rank 0 alone writes events, checkpoints
// and the output. When a rank fails, all end with its reason (docs/processes.md).
#pragma once

#include <memory>

#include "orchestrator/stage/stage.h"
#include "stages/pretrain/rank_children.h"
#include "trainer/comm/join.h"
#include "trainer/config/train.h"

namespace unimo::stages {

// Which rank of its job this process is, by the variables of a launcher: for StageEntry::rank.
Result<int> rank_of_process();

class ProcessGroup {
 public:
  static Result<std::unique_ptr<ProcessGroup>> start(StageContext& context,
                                                     const trainer::TrainConfig& train);
  ~ProcessGroup();  // of a group that was not ended: tells the others, and ends those started here
  ProcessGroup(const ProcessGroup&) = delete;
  ProcessGroup& operator=(const ProcessGroup&) = delete;

  // Meets the other ranks. kCancelled when asked to stop meanwhile.
  Status join();
  trainer::Comm& comm() const { return *comm_; }
  int rank() const { return launch_.rank; }
  int size() const { return launch_.size; }
  // Where this process trains: train.device, one GPU for each process of a machine.
  trainer::DeviceConfig device() const;
  // Threads for this process: train.threads, or its share of the job's cores.
  int threads() const;

  // `work` is how this rank did. Waits for the others when it did well, tells them the reason when
  // not; gives the failure of the group, with the ends of the processes that were started here.
  Status end(Status work);

 private:
  ProcessGroup(trainer::Launch launch, const trainer::TrainConfig& train, int cores)
      : launch_(std::move(launch)), train_(train), cores_(cores) {}
  Status start_children(const StageContext& context);
  void warn_of_crowd(StageContext& context) const;

  trainer::Launch launch_;
  const trainer::TrainConfig train_;
  const int cores_;  // of the job
  trainer::Descriptor listener_;
  std::unique_ptr<RankChildren> children_;
  std::unique_ptr<trainer::Comm> comm_;
};

}  // namespace unimo::stages
