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
struct HeldOut {
  std::unique_ptr<trainer::Samples> samples;
  std::vector<MicroBatch> batches;
};

Result<HeldOut> open_held_out(const StageContext& context, const PretrainParams& params,
                              const TrainingSession& session,
                              const trainer::Pretraining& pretraining) {
  HeldOut held_out;
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
  const auto pretraining = UNIMO_TRY(trainer::Pretraining::open(
      session.samples(), params.objectives, session.model_config(), context.seed()));
  const std::int64_t steps =
      params.train.steps > 0 ? params.train.steps : pretraining.steps_of(params.train.epochs);
  const std::int64_t every = params.evaluate.every;
  HeldOut held_out;
  if (every > 0) held_out = UNIMO_TRY(open_held_out(context, params, session, pretraining));
  // Evaluation comes before the step's first micro-batch: by then the weights are those of `step`
  // updates, and on the training thread nothing else uses the model.
  const auto objective = [&](std::int64_t step) -> Result<std::vector<MicroBatch>> {
    auto batches = UNIMO_TRY(pretraining.micro_batches(step));
    if (every > 0 && step > 0 && step % every == 0) {
      batches.front() = [&, step, first = std::move(batches.front())](trainer::Unimo& model) {
        session.evaluate(held_out.batches, step);
        return first(model);
      };
    }
    return batches;
  };
  UNIMO_TRY(session.train(objective, steps));
  if (every > 0) session.evaluate(held_out.batches, steps);
  return session.publish("pretrain");
}

}  // namespace unimo::stages
