#include "stages/finetune/finetune.h"

#include <algorithm>

#include "stages/finetune/text_examples.h"
#include "stages/pretrain/training_session.h"
#include "stages/schema/finetune.h"
#include "trainer/tasks/caption.h"
#include "trainer/tasks/retrieval.h"

namespace unimo::stages {
namespace {

SessionRequest request_of(const FinetuneParams& params, const trainer::ViewConfig& view,
                          std::optional<trainer::MatchConfig> match) {
  return {.checkpoint_input = "checkpoint",
          .sizes = params.model,
          .train = params.train,
          .match = match,
          .view = view,
          .splits = params.splits};
}

Status finetune_retrieval(StageContext& context, const FinetuneParams& params) {
  auto session = UNIMO_TRY(TrainingSession::open(
      context, request_of(params, params.retrieval.view, params.retrieval.match)));
  return session.close([&]() -> Status {
    auto task = UNIMO_TRY(trainer::RetrievalTask::open(session.samples(), params.retrieval,
                                                       session.model_config(), context.seed()));
    const std::int64_t steps =
        params.train.steps > 0 ? params.train.steps : task.steps_of(params.train.epochs);
    task.set_steps(steps);
    UNIMO_TRY(session.train(task, steps));
    return session.publish(params.task);
  });
}

Status finetune_caption(StageContext& context, const FinetuneParams& params) {
  SessionRequest request = request_of(params, params.caption.view, {});
  request.tags = params.caption.tags;
  auto session = UNIMO_TRY(TrainingSession::open(context, request));
  return session.close([&]() -> Status {
    if (session.samples().images() == 0) {
      return fail(ErrorCode::kInvalid,
                  "{}: the pack has no images with captions in the splits to train on",
                  context.job().task);
    }
    const trainer::CaptionTask task(session.samples(), params.caption, context.seed());
    const std::int64_t steps =
        params.train.steps > 0 ? params.train.steps : task.steps_of(params.train.epochs);
    UNIMO_TRY(session.train(task, steps));
    return session.publish(params.task);
  });
}

// The pack gives the vocabulary; what is learned from are the examples.
Status finetune_text_class(StageContext& context, const FinetuneParams& params,
                           const TextClassKind& kind) {
  SessionRequest request = request_of(params, {}, {});
  request.text_class = kind.head();
  auto session = UNIMO_TRY(TrainingSession::open(context, request));
  return session.close([&]() -> Status {
    const int room = session.model_config().positions - 2;
    const TextExamples read =
        UNIMO_TRY(read_text_examples(context, kind, session.tokenizer(), params.splits,
                                     std::min(params.text_class.max_tokens, room), true));
    context.events().count("training.examples", static_cast<std::int64_t>(read.examples.size()));
    context.events().count("training.examples_cut", read.cut);
    context.events().count("training.examples_without_answer", read.unlabelled);
    const trainer::TextClassTask task(read.examples, kind.head(), params.text_class,
                                      context.seed());
    const std::int64_t steps =
        params.train.steps > 0 ? params.train.steps : task.steps_of(params.train.epochs);
    UNIMO_TRY(session.train(task, steps));
    return session.publish(params.task);
  });
}

}  // namespace

Status run_finetune(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<FinetuneParams>());
  if (const TextClassKind* kind = text_class_kind(params.task))
    return finetune_text_class(context, params, *kind);
  return params.task == "coco_caption" ? finetune_caption(context, params)
                                       : finetune_retrieval(context, params);
}

}  // namespace unimo::stages
