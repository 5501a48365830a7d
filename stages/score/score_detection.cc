#include "stages/score/score_detection.h"

#include <cmath>

namespace unimo::stages {

namespace {

constexpr double kPercent = 100;

Json percent_or_null(double share) { return std::isnan(share) ? Json() : Json(kPercent * share); }

void add_classes(const DetectionFiles& files, const eval::CocoDetection& coco,
                 const eval::VocDetection& voc, Scored& scored) {
  for (std::size_t i = 0; i < files.labels.size(); ++i) {
    scored.items.push_back({{"id", files.labels[i]},
                            {"objects", voc.objects[i]},
                            {"ap", percent_or_null(coco.ap_of_label[i])},
                            {"ap50", percent_or_null(coco.ap50_of_label[i])},
                            {"voc_ap", percent_or_null(voc.ap[i])}});
  }
}

}  // namespace

Scored score_detection(const DetectionFiles& files) {
  const eval::CocoDetection coco = eval::coco_detection(files.set);
  const eval::VocDetection voc = eval::voc_detection(files.set, eval::VocRecalls::kAll);
  const eval::VocDetection voc07 = eval::voc_detection(files.set, eval::VocRecalls::kEleven);
  Scored scored;
  const std::pair<const char*, double> metrics[] = {{"ap", coco.ap},
                                                    {"ap50", coco.ap50},
                                                    {"ap75", coco.ap75},
                                                    {"ap_small", coco.ap_small},
                                                    {"ap_medium", coco.ap_medium},
                                                    {"ap_large", coco.ap_large},
                                                    {"ar1", coco.ar1},
                                                    {"ar10", coco.ar10},
                                                    {"ar100", coco.ar100},
                                                    {"ar_small", coco.ar_small},
                                                    {"ar_medium", coco.ar_medium},
                                                    {"ar_large", coco.ar_large},
                                                    {"voc_map", voc.mean},
                                                    {"voc_weighted_map", voc.weighted_mean},
                                                    {"voc07_map", voc07.mean},
                                                    {"voc07_weighted_map", voc07.weighted_mean}};
  for (const auto& [name, share] : metrics) scored.metrics[name] = kPercent * share;
  scored.headline = {"ap", "ap50", "ap75", "voc_map"};
  const std::size_t images = files.images.size(), labels = files.labels.size();
  scored.signatures = {
      {"coco", fmt::format("coco_detection|iou:0.5-0.95|recalls:101|most:100|images:{}|classes:{}|"
                           "scale:percent|version:1",
                           images, labels)},
      {"voc", fmt::format("voc_detection|iou:0.5|recalls:all,11|images:{}|classes:{}|scale:percent|"
                          "version:1",
                          images, labels)}};
  scored.counts = {{"images", static_cast<std::int64_t>(images)},
                   {"classes", static_cast<std::int64_t>(labels)},
                   {"objects", static_cast<std::int64_t>(files.set.gold.size())},
                   {"detections", static_cast<std::int64_t>(files.set.detected.size())}};
  scored.warnings = files.warnings;
  add_classes(files, coco, voc, scored);
  return scored;
}

}  // namespace unimo::stages
