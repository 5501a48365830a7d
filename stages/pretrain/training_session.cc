#include "stages/pretrain/training_session.h"

#include <utility>

#include "stages/pretrain/event_sink.h"
#include "trainer/objectives/match.h"

namespace unimo::stages {
namespace {

// Nothing can be learned from an image without regions; that it is left out is told.
void report_bare_images(EventWriter& events, const trainer::Samples& samples) {
  const auto bare = samples.bare_images();
  events.count("training.images_without_regions", static_cast<std::int64_t>(bare.size()));
  if (bare.empty()) return;
  events.note(
      "warning",
      fmt::format("{} image(s) without regions are left out, the first is {}: extract their "
                  "regions again with a lower threshold, or leave them out of the pack",
                  bare.size(), samples.pack().image(bare.front()).id));
}

}  // namespace

int threads_of(const StageContext& context, int setting) {
  return setting > 0 ? setting : context.job().resources.cores;
}

Result<TrainingSession> TrainingSession::open(StageContext& context,
                                              const SessionRequest& request) {
  TrainingSession session(context, request);
  const auto folder = UNIMO_TRY(context.input("data"));
  session.group_ = UNIMO_TRY(ProcessGroup::start(context, request.train));
  session.pack_ = std::make_unique<trainer::PackReader>(UNIMO_TRY(trainer::PackReader::open(
      folder,
      request.train.loader.map_files ? trainer::ShardAccess::kMap : trainer::ShardAccess::kRead)));
  session.samples_ = std::make_unique<trainer::Samples>(UNIMO_TRY(trainer::Samples::open(
      *session.pack_, {.seed = context.seed(), .splits = request.splits, .view = request.view})));
  UNIMO_TRY(session.make_model());
  UNIMO_TRY(session.check_lengths(*session.samples_));
  UNIMO_TRY(session.group_->join());
  context.events().count("training.images", static_cast<std::int64_t>(session.samples_->images()));
  context.events().count("training.texts", static_cast<std::int64_t>(session.samples_->texts()));
  report_bare_images(context.events(), *session.samples_);
  context.events().count("model.parameters", session.model_->parameters().parameter_count());
  return session;
}

TaskHead TrainingSession::head_of(const trainer::ModelConfig& model) const {
  if (!request_.text_class) return {};
  return {.parameters = trainer::head_parameters(*request_.text_class, model.pooled),
          .seed = context_->seed()};
}

Status TrainingSession::make_model() {
  const trainer::DeviceConfig device = group_->device();
  if (context_->has_input(request_.checkpoint_input)) {
    const auto folder = UNIMO_TRY(context_->input(request_.checkpoint_input));
    ModelInfo info = UNIMO_TRY(read_model_info(folder));
    UNIMO_TRY(check_model_fits(info, *pack_, folder));
    match_ = request_.match.value_or(info.match);
    info.match = match_;
    info.model.dropout = request_.sizes.dropout;
    info.model.attention_dropout = request_.sizes.attention_dropout;
    model_ =
        UNIMO_TRY(load_model(folder, info, request_.train.precision, device, head_of(info.model)));
    return ok();
  }
  const trainer::ModelConfig config = trainer::sized_model(
      request_.sizes, static_cast<int>(pack_->tokenizer().vocabulary_size()),
      static_cast<int>(pack_->info().feature_size), static_cast<int>(pack_->info().classes.size()));
  if (const std::string mistake = trainer::model_config_mistake(config); !mistake.empty()) {
    return fail(ErrorCode::kInvalid, "{}: model: {}", context_->job().task, mistake);
  }
  match_ = request_.match.value_or(trainer::MatchConfig{});
  const auto precision = trainer::choose_precision(request_.train.precision, device);
  UNIMO_TRY(check_device(config, precision, device));
  auto extra = trainer::match_parameters(match_);
  const TaskHead head = head_of(config);
  extra.insert(extra.end(), head.parameters.begin(), head.parameters.end());
  model_ = std::make_unique<trainer::Unimo>(config, context_->seed(), precision, extra, device);
  // Vectors of length 1 start best from a plain dot product.
  if (match_.normalize) trainer::start_match_head(*model_);
  trainer::start_temperature(*model_, match_);
  return ok();
}

// Found here, before hours of training, rather than at the one long text.
Status TrainingSession::check_lengths(const trainer::Samples& samples) const {
  // Positions begin at 2, and slices of a text repeat none of them.
  const std::int64_t room = model_->config().positions - 2;
  if (request_.tags.max_tokens + 2 > room) {
    return fail(ErrorCode::kInvalid,
                "{}: tags.max_tokens {} with [CLS] and [SEP] exceeds the {} tokens that "
                "model.positions {} leaves room for; lower it",
                context_->job().task, request_.tags.max_tokens, room, model_->config().positions);
  }
  if (static_cast<std::int64_t>(samples.longest_sequence()) <= room) return ok();
  return fail(ErrorCode::kInvalid,
              "{}: the pack has a text of {} tokens with [CLS] and [SEP], but model.positions {} "
              "leaves room for {}; "
              "raise model.positions or pack with a smaller max_text_tokens",
              context_->job().task, samples.longest_sequence(), model_->config().positions, room);
}

Status TrainingSession::train(const trainer::Objective& objective, std::int64_t steps,
                              trainer::HeldOut held_out) {
  EventSink sink(context_->events());
  const trainer::TrainOptions options{.steps = steps,
                                      .seed = context_->seed(),
                                      .threads = group_->threads(),
                                      .checkpoints = UNIMO_TRY(context_->resume_directory()),
                                      .stop = &StageContext::stop_requested,
                                      .held_out = std::move(held_out),
                                      .comm = &group_->comm()};
  const auto summary = UNIMO_TRY(trainer::train(*model_, objective, request_.train, options, sink));
  context_->events().count("training.skipped_steps", summary.skipped_steps);
  return ok();
}

Status TrainingSession::publish(const std::string& task) {
  if (group_->rank() != 0) return ok();
  const ModelInfo info{.model = model_->config(),
                       .task = task,
                       .match = match_,
                       .tags = request_.tags,
                       .tokenizer_digest = pack_->tokenizer().digest()};
  return write_model_artifact(context_->output(), info, *model_, pack_->tokenizer());
}

}  // namespace unimo::stages
