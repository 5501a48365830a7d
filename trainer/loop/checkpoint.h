// Checkpoints of a running training: weights, optimiser moments and where it stands, in one folder
// per step.
//
// A folder `step-00000100` appears by rename when everything in it is on the disk, so it is whole
// or absent; `state.json` holds the digests of its sister files, and a folder that does not match
// them is passed over for the one before. The last two are kept. Moments lie in one file, or in one
// of each process where the processes share them out; each says which stretch of the flat buffers
// it holds, so any number of processes can go on from it. See docs/formats.md.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "trainer/model/parameters.h"
#include "trainer/optim/optimizer.h"

namespace unimo::trainer {

struct CheckpointState {
  std::int64_t step = 0;  // steps done: the next one has this number
  std::int64_t skipped_steps = 0;
  std::string numerics;         // what results depend on beside the code, see numerics_fingerprint
  Json extra = Json::object();  // the loop's own, such as sums since the last report
};

// Loads the newest whole checkpoint; nothing when there is none. What is passed over is told to
// `skipped`, one message each. Leftovers of a save that was killed are removed where
// `remove_leftovers` says so: by one of several processes.
struct LoadOptions {
  std::filesystem::path folder;
  std::function<void(std::string_view)> skipped;
  bool remove_leftovers = true;
};
Result<std::optional<CheckpointState>> load_newest_checkpoint(const LoadOptions& options,
                                                              ParameterStore& store,
                                                              Optimizer& optimizer);

struct CheckpointOptions {
  std::filesystem::path folder;
  // Of this process: part 0 writes the weights and publishes when all parts are there.
  int part = 0, parts = 1;
  // The same in all processes of one training and in no other: keeps the leftovers of a killed one
  // apart.
  std::string token = "0";
};

// Saves beside the training: start() returns at once, a thread copies weights and moments while the
// next step computes its gradients, then writes and publishes while training goes on.
//
//   CheckpointWriter writer(options, store, optimizer);
//   UNIMO_TRY(writer.start(state));   …forward and backward pass of the next step…
//   writer.wait_copied();             optimizer.step(…);
//   UNIMO_TRY(writer.finish());
//
// Called from one thread. Destroying it gives up what is not published yet.
class CheckpointWriter {
 public:
  // Store and optimiser must outlive it.
  CheckpointWriter(CheckpointOptions options, const ParameterStore& store, Optimizer& optimizer);
  ~CheckpointWriter();
  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;

  // Waits for the save before, whose error it returns.
  Status start(const CheckpointState& state);
  // From start() until this has returned, weights and moments must not change.
  void wait_copied();
  // The error of a save that has failed since; ok while all is well.
  Status failure();
  // Waits until the last save is published (of part 0) or written (of the others).
  Status finish();

 private:
  struct Paths;
  void save(const CheckpointState& state);
  Status guarded(const std::function<Status()>& work) const;
  void copy_state();
  Status write(const CheckpointState& state);
  Status write_part(const std::filesystem::path& beside) const;
  Status wait_for_parts(const std::filesystem::path& beside) const;
  Status publish(const std::filesystem::path& beside, const CheckpointState& state) const;

  CheckpointOptions options_;
  const ParameterStore& store_;
  Optimizer& optimizer_;
  std::vector<float> values_, first_, second_;  // the copies; values of part 0 alone
  std::mutex mutex_;
  std::condition_variable copied_;
  bool is_copied_ = true;
  Status result_;
  std::atomic<bool> given_up_ = false;
  std::jthread thread_;
};

}  // namespace unimo::trainer
