#include "stages/pretrain/pretrain.h"

#include <memory>
#include <utility>

#include "stages/pretrain/training_session.h"
#include "stages/schema/pretrain.h"
#include "trainer/objectives/pretraining.h"

namespace unimo::stages {

namespace {

using trainer::MicroBatch;

// Samples of other splits as they are: neither mirrored nor with words left out.
struct HeldOutSamples {
  std::unique_ptr<trainer::Samples> samples;
  std::vector<MicroBatch> batches;
};

Result<HeldOutSamples> open_held_out(const StageContext& context, const PretrainParams& params,
                                     const TrainingSession& session,
                                     const trainer::Pretraining& pretraining) {
  HeldOutSamples held_out;
  trainer::ViewConfig view = params.objectives.view;
  view.mirror = false;
  view.word_dropout = 0;
  held_out.samples = std::make_unique<trainer::Samples>(UNIMO_TRY(trainer::Samples::open(
      session.samples().pack(),
      {.seed = context.seed(), .splits = params.evaluate.splits, .view = view})));
  UNIMO_TRY(session.check_lengths(*held_out.samples));
  held_out.batches = UNIMO_TRY(pretraining.heldout(*held_out.samples, params.evaluate.batches));
  return held_out;
}

}  // namespace

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
    HeldOutSamples held_out;
    if (params.evaluate.every > 0)
      held_out = UNIMO_TRY(open_held_out(context, params, session, pretraining));
    UNIMO_TRY(session.train(pretraining, steps,
                            {.batches = held_out.batches, .every = params.evaluate.every}));
    return session.publish("pretrain");
  });
}

}  // namespace unimo::stages
