#include "stages/detector/train_detector.h"

#include <algorithm>
#include <memory>

#include "orchestrator/stage/stage.h"
#include "stages/detector/annotated_pictures.h"
#include "stages/pretrain/event_sink.h"
#include "stages/pretrain/process_group.h"
#include "stages/regions/detector_document.h"
#include "stages/schema/detector.h"
#include "trainer/detector_training/detector_objective.h"
#include "trainer/loop/train_loop.h"
#include "trainer/weights/detector_tensors.h"
#include "trainer/weights/safetensors.h"
#include "trainer/weights/weight_source.h"

namespace unimo::stages {

namespace {

namespace fs = std::filesystem;

class DetectorSession {
 public:
  static Status run(StageContext& context) {
    DetectorSession session(context);
    UNIMO_TRY(session.check());
    session.group_ = UNIMO_TRY(ProcessGroup::start(context, session.params_.train));
    UNIMO_TRY(session.read_pictures());
    UNIMO_TRY(session.make_model());
    UNIMO_TRY(session.group_->join());
    session.tell();
    return session.group_->end(session.train());
  }

 private:
  explicit DetectorSession(StageContext& context) : context_(context) {}

  Status check() {
    params_ = UNIMO_TRY(context_.params<DetectorParams>());
    const std::string& task = context_.job().task;
    if (const std::string mistake = trainer::shape_mistake(params_.training.shape);
        !mistake.empty())
      return fail(ErrorCode::kInvalid, "{}: training.shape: {}", task, mistake);
    const trainer::TrainConfig& train = params_.train;
    if (train.device.kind != "cpu")
      return fail(ErrorCode::kInvalid,
                  "{}: train.device.kind {}: a detector is trained on the processor; take cpu",
                  task, train.device.kind);
    if (train.precision != "fp32" && train.precision != "auto")
      return fail(ErrorCode::kInvalid, "{}: train.precision {}: a detector is trained in fp32",
                  task, train.precision);
    if (train.recompute)
      return fail(ErrorCode::kInvalid,
                  "{}: train.recompute: a detector keeps its layers' outputs; take false", task);
    return ok();
  }

  Status read_names() {
    if (context_.has_input("vocabulary")) {
      const fs::path folder = UNIMO_TRY(context_.input("vocabulary"));
      names_.classes = UNIMO_TRY(NameTable::read(folder / "objects_vocab.txt"));
      if (fs::exists(folder / "attributes_vocab.txt"))
        names_.attributes = UNIMO_TRY(NameTable::read(folder / "attributes_vocab.txt"));
      return ok();
    }
    const NameCounts counts = UNIMO_TRY(count_names(folders_, params_.splits));
    names_.classes = NameTable::of_counts(counts.labels, params_.classes);
    names_.attributes = NameTable::of_counts(counts.attributes, params_.attributes);
    return ok();
  }

  Status read_pictures() {
    for (const InputItem& item : context_.inputs("records")) folders_.push_back(item.path);
    UNIMO_TRY(read_names());
    pictures_ = UNIMO_TRY(read_annotated_pictures(folders_, params_.splits, names_, params_.rules));
    if (pictures_.pictures.empty()) {
      return fail(
          ErrorCode::kInvalid,
          "{}: no picture of the splits {} has a box to learn from: {} of them have none, {} "
          "boxes have a label that is no class; give records with boxes, or another "
          "vocabulary",
          context_.job().task, fmt::join(params_.splits, ", "), pictures_.left_out.bare_pictures,
          pictures_.left_out.unknown_labels);
    }
    if (params_.evaluate.every > 0)
      held_out_ = UNIMO_TRY(
          read_annotated_pictures(folders_, params_.evaluate.splits, names_, params_.rules));
    return ok();
  }

  Status make_model() {
    const trainer::DetectorShape& shape = params_.training.shape;
    const trainer::DetectorSizes sizes = trainer::sizes_of(
        shape, params_.rules.kind(), names_.classes.size(), names_.attributes.size());
    trainer::DetectorValues start = trainer::fresh_detector(sizes, shape, context_.seed());
    if (context_.has_input("init")) UNIMO_TRY(take_weights(start));
    model_ =
        std::make_unique<trainer::DetectorModel>(std::move(start), params_.training.fixed_stages);
    return ok();
  }

  // What the weights have; the rest stays as it was drawn.
  Status take_weights(trainer::DetectorValues& start) {
    const fs::path path = UNIMO_TRY(context_.input("init"));
    const auto source = UNIMO_TRY(trainer::open_weights(path));
    auto values = UNIMO_TRY(trainer::read_detector(
        source.file, {.kind = start.sizes.kind, .sizes = start.sizes, .partial = true}));
    std::int64_t taken = 0;
    for (auto& [name, numbers] : values.tensors) {
      start.tensors.at(name) = std::move(numbers);
      ++taken;
    }
    if (taken == 0)
      return fail(ErrorCode::kInvalid,
                  "{}: has no tensor of a detector; `unimo weights show` lists "
                  "what it has",
                  path.string());
    context_.events().count("init.tensors", taken);
    return ok();
  }

  void tell() {
    EventWriter& events = context_.events();
    events.count("detector.classes", names_.classes.size());
    events.count("detector.attributes", names_.attributes.size());
    events.count("training.images", static_cast<std::int64_t>(pictures_.pictures.size()));
    events.count("training.boxes", pictures_.boxes);
    const LeftOut& left_out = pictures_.left_out;
    events.count("training.images_without_boxes", left_out.bare_pictures);
    events.count("training.unknown_labels", left_out.unknown_labels);
    events.count("training.unknown_attributes", left_out.unknown_attributes);
    events.count("training.small_boxes", left_out.small_boxes);
    events.count("model.parameters", model_->parameters().parameter_count());
  }

  Status train() {
    const trainer::DetectorObjective objective(
        pictures_.pictures, pictures_.reader(params_.rules),
        {.training = params_.training, .rules = params_.rules}, context_.seed());
    trainer::HeldOut held_out{.batches = {},
                              .every = std::max<std::int64_t>(params_.evaluate.every, 1)};
    if (params_.evaluate.every > 0)
      held_out.batches =
          UNIMO_TRY(objective.held_out(held_out_.pictures, held_out_.reader(params_.rules),
                                       static_cast<std::size_t>(params_.evaluate.images)));
    const trainer::TrainOptions options{.steps = params_.train.steps > 0
                                                     ? params_.train.steps
                                                     : objective.steps_of(params_.train.epochs),
                                        .seed = context_.seed(),
                                        .threads = group_->threads(),
                                        .checkpoints = UNIMO_TRY(context_.resume_directory()),
                                        .stop = &StageContext::stop_requested,
                                        .held_out = std::move(held_out),
                                        .comm = &group_->comm()};
    EventSink sink(context_.events());
    const auto summary =
        UNIMO_TRY(trainer::train(*model_, objective, params_.train, options, sink));
    context_.events().count("training.skipped_steps", summary.skipped_steps);
    return group_->rank() == 0 ? publish() : ok();
  }

  Status publish() {
    const trainer::DetectorValues values = model_->values();
    std::vector<trainer::FloatTensor> tensors;
    for (const trainer::DetectorTensor& tensor : trainer::detector_tensors(values.sizes))
      tensors.push_back({tensor.name, tensor.shape, values.tensors.at(tensor.name)});
    const fs::path& folder = context_.output();
    UNIMO_TRY(trainer::write_safetensors(folder / "model.safetensors", tensors, {}));
    UNIMO_TRY(names_.classes.write(folder / "objects_vocab.txt"));
    if (names_.attributes.size() > 0)
      UNIMO_TRY(names_.attributes.write(folder / "attributes_vocab.txt"));
    return write_detector_document(folder, {.rules = params_.rules, .training = params_.training});
  }

  StageContext& context_;
  DetectorParams params_;
  std::vector<fs::path> folders_;  // of the records
  DetectorNames names_;
  AnnotatedPictures pictures_, held_out_;
  std::unique_ptr<trainer::DetectorModel> model_;
  std::unique_ptr<ProcessGroup> group_;
};

}  // namespace

Status run_detector(StageContext& context) { return DetectorSession::run(context); }

}  // namespace unimo::stages
