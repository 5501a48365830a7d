#include "stages/detector/predict_objects.h"

#include <ATen/Parallel.h>

#include <cmath>
#include <fstream>
#include <memory>

#include "orchestrator/base/json.h"
#include "orchestrator/stage/stage.h"
#include "stages/ingest/name_table.h"
#include "stages/ingest/quarantine.h"
#include "stages/ingest/records.h"
#include "stages/regions/detector_document.h"
#include "stages/regions/detector_picture.h"
#include "stages/schema/detector.h"
#include "trainer/detector/find_objects.h"
#include "trainer/weights/weight_source.h"

namespace unimo::stages {

namespace {

namespace fs = std::filesystem;

// Digits that a reader of the line can use: hundredths of a pixel.
double rounded(float value, double digits) {
  return std::round(static_cast<double>(value) * digits) / digits;
}

class Prediction {
 public:
  static Status run(StageContext& context) {
    Prediction prediction(context);
    UNIMO_TRY(prediction.prepare());
    UNIMO_TRY(prediction.look_at_all());
    return prediction.publish();
  }

 private:
  explicit Prediction(StageContext& context) : context_(context) {}

  Status prepare() {
    params_ = UNIMO_TRY(context_.params<DetectorPredictParams>());
    folder_ = UNIMO_TRY(context_.input("records"));
    const fs::path weights = UNIMO_TRY(context_.input("weights"));
    const fs::path vocabulary =
        context_.has_input("vocabulary") ? UNIMO_TRY(context_.input("vocabulary")) : weights;
    UNIMO_TRY(warn_of_other_rules(weights, params_.rules, context_.events()));
    classes_ = UNIMO_TRY(NameTable::read(vocabulary / "objects_vocab.txt"));
    const auto source = UNIMO_TRY(trainer::open_weights(weights));
    const auto values =
        UNIMO_TRY(trainer::read_detector(source.file, {.kind = params_.rules.kind()}));
    if (values.sizes.classes != classes_.size())
      return fail(ErrorCode::kInvalid,
                  "{}: {} names, the detector has {}: give the vocabulary that it was trained with",
                  (vocabulary / "objects_vocab.txt").string(), classes_.size(),
                  values.sizes.classes);
    detector_ = std::make_unique<trainer::Detector>(values);
    detector_->prepare(params_.precision == "bf16" ? at::kBFloat16 : at::kFloat);
    return ok();
  }

  Status look_at_all() {
    std::vector<ImageRecord> images;
    UNIMO_TRY(visit_images(folder_, [&](ImageRecord& image) {
      if (image.split != params_.split) return ok();
      image.regions.clear();
      images.push_back(std::move(image));
      return ok();
    }));
    if (images.empty())
      return fail(ErrorCode::kInvalid, "{}: no picture of the split {}", folder_.string(),
                  params_.split);
    lines_.open(context_.output() / "objects.jsonl", std::ios::binary);
    for (const ImageRecord& image : images) {
      if (StageContext::stop_requested()) return fail(ErrorCode::kCancelled, "asked to stop");
      UNIMO_TRY(look(image));
      context_.events().progress(++done_, static_cast<std::int64_t>(images.size()), "images");
    }
    return ok();
  }

  Status look(const ImageRecord& image) {
    quarantine_.saw(Item::kImage, 1);
    auto read = UNIMO_TRY(read_detector_picture(folder_, image, params_.rules));
    if (!read.picture) {
      quarantine_.add(Item::kImage, {image.place.file, image.id, read.reason, read.detail});
      return ok();
    }
    const auto found =
        trainer::find_objects(*detector_, *read.picture, params_.rules, params_.objects);
    if (!found) return fail(found.error().code, "image {}: {}", image.id, found.error().message);
    Json objects = Json::array();
    for (const trainer::FoundObject& object : *found) {
      const trainer::Box& b = object.box;
      constexpr double kPixels = 100, kScores = 1e6;
      objects.push_back({{"label", classes_.name(object.label)},
                         {"score", rounded(object.score, kScores)},
                         {"box",
                          {rounded(b.x1, kPixels), rounded(b.y1, kPixels), rounded(b.x2, kPixels),
                           rounded(b.y2, kPixels)}}});
    }
    objects_ += static_cast<std::int64_t>(objects.size());
    lines_ << Json{{"image", image.id}, {"objects", std::move(objects)}}.dump() << '\n';
    return ok();
  }

  Status publish() {
    lines_.close();
    if (!lines_) return fail(ErrorCode::kIo, "{}: cannot be written", context_.output().string());
    quarantine_.report(context_.events());
    UNIMO_TRY(quarantine_.enforce(params_.max_bad_share));
    UNIMO_TRY(quarantine_.write(context_.output() / "quarantine.jsonl"));
    UNIMO_TRY(classes_.write(context_.output() / "objects_vocab.txt"));
    context_.events().count("detector.images", done_);
    context_.events().count("detector.objects", objects_);
    return write_json(context_.output() / "predictions.json", {{"format", "unimo.predictions"},
                                                               {"version", 1},
                                                               {"task", "detection"},
                                                               {"split", params_.split}});
  }

  StageContext& context_;
  DetectorPredictParams params_;
  fs::path folder_;  // of the records
  NameTable classes_;
  std::unique_ptr<trainer::Detector> detector_;
  Quarantine quarantine_;
  std::ofstream lines_;
  std::int64_t done_ = 0, objects_ = 0;
};

}  // namespace

Status run_detector_predict(StageContext& context) {
  at::set_num_threads(context.job().resources.cores);
  return Prediction::run(context);
}

}  // namespace unimo::stages
