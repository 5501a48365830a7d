#include "stages/pretrain/process_group.h"

#include <algorithm>
#include <utility>

namespace unimo::stages {

Result<int> rank_of_process() {
  const auto launch = UNIMO_TRY(trainer::launch_of_process({}, &trainer::process_variable));
  return launch.rank;
}

Result<std::unique_ptr<ProcessGroup>> ProcessGroup::start(StageContext& context,
                                                          const trainer::TrainConfig& train) {
  auto launch = UNIMO_TRY(trainer::launch_of_process({}, &trainer::process_variable));
  const bool launched = launch.size > 1;
  if (launched && train.processes > 1 && train.processes != launch.size) {
    return fail(ErrorCode::kInvalid,
                "{}: train.processes is {}, but a launcher has started {} ranks; leave it at 0, or "
                "give the same number",
                context.job().task, train.processes, launch.size);
  }
  std::unique_ptr<ProcessGroup> group(
      new ProcessGroup(std::move(launch), train, context.job().resources.cores));
  if (!launched && train.processes > 1) UNIMO_TRY(group->start_children(context));
  if (group->rank() == 0) group->warn_of_crowd(context);
  return group;
}

Status ProcessGroup::start_children(const StageContext& context) {
  trainer::Listener listener = UNIMO_TRY(trainer::listen_on(0, true));
  launch_ = {.size = train_.processes,
             .local_size = train_.processes,
             .address = "127.0.0.1",
             .port = listener.port};
  listener_ = std::move(listener.socket);
  children_ = UNIMO_TRY(RankChildren::start(launch_, context.job().file));
  return ok();
}

void ProcessGroup::warn_of_crowd(StageContext& context) const {
  const int wanted = launch_.local_size * threads();
  if (wanted <= cores_) return;
  context.events().note(
      "warning", fmt::format("{} processes of {} threads share the {} cores of the job: raise "
                             "resources.cores, or lower train.processes or train.threads",
                             launch_.local_size, threads(), cores_));
}

int ProcessGroup::threads() const {
  if (train_.threads > 0) return train_.threads;
  return std::max(1, cores_ / launch_.local_size);
}

trainer::DeviceConfig ProcessGroup::device() const {
  trainer::DeviceConfig device = train_.device;
  device.index += launch_.local_rank;
  return device;
}

Status ProcessGroup::join() {
  const auto given_up = [this]() -> std::optional<std::string> {
    if (StageContext::stop_requested()) return "asked to stop";
    return children_ ? children_->ended_early() : std::nullopt;
  };
  trainer::JoinRequest request{
      .timeout_s = train_.comm_timeout_s, .listener = std::move(listener_), .given_up = given_up};
  if (device().kind == "cuda") request.device = device().index;
  auto comm = trainer::join(launch_, std::move(request));
  if (!comm && StageContext::stop_requested()) {
    return fail(ErrorCode::kCancelled, "stopped before the ranks had met");
  }
  comm_ = UNIMO_TRY(std::move(comm));
  return ok();
}

Status ProcessGroup::end(Status work) {
  // Nobody leaves while another may still fail.
  if (work) work = comm_->barrier();
  if (!work) comm_->abort(work.error());
  comm_.reset();
  const std::string trouble = children_ ? children_->wait(!work) : std::string();
  children_.reset();
  if (trouble.empty()) return work;
  if (work) return fail(ErrorCode::kFailed, "{}", trouble);
  return fail(work.error().code, "{} ({})", work.error().message, trouble);
}

ProcessGroup::~ProcessGroup() {
  if (comm_) comm_->abort({ErrorCode::kFailed, "ended before its work was done; its log says why"});
}

}  // namespace unimo::stages
