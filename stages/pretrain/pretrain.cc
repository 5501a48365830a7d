#include "stages/pretrain/pretrain.h"

#include "stages/pretrain/training_session.h"
#include "stages/schema/pretrain.h"
#include "trainer/objectives/pretraining.h"

namespace unimo::stages {

Status run_pretrain(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<PretrainParams>());
  auto session = UNIMO_TRY(TrainingSession::open(context, {.checkpoint_input = "init",
                                                           .sizes = params.model,
                                                           .train = params.train,
                                                           .match = params.objectives.match,
                                                           .view = params.objectives.view,
                                                           .splits = params.splits}));
  return session.close([&]() -> Status {
    const auto pretraining = UNIMO_TRY(trainer::Pretraining::open(
        session.samples(), params.objectives, session.model_config(), context.seed()));
    const std::int64_t steps =
        params.train.steps > 0 ? params.train.steps : pretraining.steps_of(params.train.epochs);
    UNIMO_TRY(
        session.train([&](std::int64_t step) { return pretraining.micro_batches(step); }, steps));
    return session.publish("pretrain");
  });
}

}  // namespace unimo::stages
