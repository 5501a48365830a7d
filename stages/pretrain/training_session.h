// What pretrain and finetune share: a pack, a model that starts fresh or from a checkpoint,
// training that resumes, and the checkpoint artifact at the end.
//
//   auto session = UNIMO_TRY(TrainingSession::open(context, request));
//   return session.close([&]() -> Status {
//     UNIMO_TRY(session.train(objective, steps));
//     return session.publish("pretrain");
//   });
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "orchestrator/stage/stage.h"
#include "stages/pretrain/model_artifact.h"
#include "stages/pretrain/process_group.h"
#include "trainer/config/sizes.h"
#include "trainer/config/train.h"
#include "trainer/loop/train_loop.h"
#include "trainer/objectives/samples.h"
#include "trainer/tasks/text_class.h"

namespace unimo::stages {

struct SessionRequest {
  std::string checkpoint_input;  // name of the optional input with a checkpoint
  trainer::ModelSizes sizes;     // of a fresh model
  trainer::TrainConfig train;
  std::optional<trainer::MatchConfig>
      match;  // what is trained for; none: that of the checkpoint is passed on
  trainer::ViewConfig view;
  trainer::ObjectTagsConfig tags{.max_tokens =
                                     0};  // what the checkpoint says captions are made from
  std::vector<std::string> splits;
  std::optional<trainer::TextClassHead> text_class;  // whose parameters the model gets
};

// The context must outlive it. Movable.
class TrainingSession {
 public:
  static Result<TrainingSession> open(StageContext& context, const SessionRequest& request);

  const trainer::Samples& samples() const { return *samples_; }
  const trainer::Tokenizer& tokenizer() const { return pack_->tokenizer(); }
  const trainer::ModelConfig& model_config() const { return model_->config(); }

  // kInvalid when the model has no room for the longest of these samples.
  Status check_lengths(const trainer::Samples& samples) const;

  // Trains, from the newest checkpoint of the resume folder if there is one. kCancelled after a
  // stop.
  Status train(const trainer::Objective& objective, std::int64_t steps,
               trainer::HeldOut held_out = {});
  // Fills the output folder; rank 0 does.
  Status publish(const std::string& task);
  // Does what is left to do with the session, and ends the group of processes with its result.
  template <class Work>
  Status close(const Work& work) {
    return group_->end(work());
  }

 private:
  TrainingSession(StageContext& context, const SessionRequest& request)
      : context_(&context), request_(request) {}
  Status make_model();
  TaskHead head_of(const trainer::ModelConfig& model) const;

  StageContext* context_;
  SessionRequest request_;
  trainer::MatchConfig match_;
  std::unique_ptr<trainer::PackReader> pack_;
  std::unique_ptr<trainer::Samples> samples_;
  std::unique_ptr<trainer::Unimo> model_;
  std::unique_ptr<ProcessGroup> group_;
};

// The cores that a stage may use: its own setting, or what the job was granted.
int threads_of(const StageContext& context, int setting);

}  // namespace unimo::stages
