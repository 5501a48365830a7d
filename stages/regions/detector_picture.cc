#include "stages/regions/detector_picture.h"

#include <ATen/ops/empty.h>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "stages/ingest/image_probe.h"

namespace unimo::stages {

namespace {

// Of ImageNet, in the order blue, green, red (py-faster-rcnn, config.py: PIXEL_MEANS).
const cv::Scalar kMeans(102.9801, 115.9465, 122.7717);

}  // namespace

trainer::DetectorPicture detector_picture(const cv::Mat& bgr, const trainer::DetectorRules& rules) {
  trainer::DetectorPicture picture{.plan = trainer::plan_resize(bgr.cols, bgr.rows, rules),
                                   .width = bgr.cols,
                                   .height = bgr.rows};
  const auto& plan = picture.plan;
  // Pixels are written where the network reads them: [1, 3, H, W], channels last in memory.
  picture.pixels =
      at::empty({1, 3, plan.height, plan.width}, at::kFloat, at::MemoryFormat::ChannelsLast);
  cv::Mat out(plan.height, plan.width, CV_32FC3, picture.pixels.mutable_data_ptr());
  cv::Mat floats;
  bgr.convertTo(floats, CV_32FC3);
  floats -= kMeans;
  const bool is_caffe = rules.kind() == trainer::DetectorKind::kCaffe;
  // cv::resize samples by fx only where it rounds the size itself; a side that this makes 0 is
  // given as 1.
  const bool by_scale = is_caffe && cvRound(bgr.cols * plan.scale) == plan.width &&
                        cvRound(bgr.rows * plan.scale) == plan.height;
  cv::Mat resized;
  if (by_scale) {
    cv::resize(floats, resized, cv::Size(), plan.scale, plan.scale, cv::INTER_LINEAR);
  } else {
    cv::resize(floats, resized, cv::Size(plan.width, plan.height), 0, 0, cv::INTER_LINEAR);
  }
  resized.copyTo(out);
  return picture;
}

Result<ReadPicture> read_detector_picture(const std::filesystem::path& records,
                                          const ImageRecord& image,
                                          const trainer::DetectorRules& rules, bool mirrored) {
  const std::string bytes = UNIMO_TRY(read_picture(records, image.place));
  const ImageProbe probe = probe_image(bytes, {});
  if (!probe.good()) return ReadPicture{{}, std::string(probe.reason), probe.detail};
  auto pixels = decode_image(bytes, {});
  if (!pixels) return ReadPicture{{}, "corrupt", pixels.error().message};
  if (pixels->cols != image.width || pixels->rows != image.height) {
    return ReadPicture{{},
                       "other_size",
                       fmt::format("{}x{} pixels, its record says {}x{}", pixels->cols,
                                   pixels->rows, image.width, image.height)};
  }
  constexpr int kLeftAndRight = 1;
  if (mirrored) cv::flip(*pixels, *pixels, kLeftAndRight);
  return ReadPicture{detector_picture(*pixels, rules), {}, {}};
}

}  // namespace unimo::stages
