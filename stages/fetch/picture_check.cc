#include "stages/fetch/picture_check.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "orchestrator/base/hash.h"
#include "stages/ingest/image_probe.h"

namespace unimo::stages {

namespace {

// The probe's reasons as statuses: "too_large" means bytes here.
std::string status_of(const std::string& reason) {
  if (reason == "too_large") return "too_many_pixels";
  return reason == "empty_file" ? "empty" : reason;
}

Status shrink(CheckedPicture& picture, const CheckOptions& options) {
  const cv::Mat pixels = UNIMO_TRY(decode_image(picture.bytes, {.max_pixels = options.max_pixels}));
  const double scale =
      static_cast<double>(options.longer_side) / std::max(pixels.cols, pixels.rows);
  const auto scaled = [&](int side) {
    return std::max(1, static_cast<int>(std::lround(side * scale)));
  };
  try {
    cv::Mat small;
    // INTER_AREA averages all pixels; the others leave some out when they make pictures smaller.
    cv::resize(pixels, small, {scaled(pixels.cols), scaled(pixels.rows)}, 0, 0, cv::INTER_AREA);
    std::vector<uchar> encoded;
    cv::imencode(".jpg", small, encoded, {cv::IMWRITE_JPEG_QUALITY, options.quality});
    picture.bytes.assign(encoded.begin(), encoded.end());
    picture.width = small.cols;
    picture.height = small.rows;
    picture.ending = "jpg";
  } catch (const cv::Exception& error) {
    return fail(ErrorCode::kInvalid, "cannot be made smaller: {}", error.what());
  }
  return ok();
}

}  // namespace

CheckedPicture check_picture(std::string bytes, const CheckOptions& options) {
  CheckedPicture picture;
  const ImageProbe probe = probe_image(bytes, {.max_pixels = options.max_pixels});
  if (!probe.good()) {
    picture.status = status_of(probe.reason);
    return picture;
  }
  if (std::min(probe.width, probe.height) < options.min_side) {
    picture.status = "too_small";
    return picture;
  }
  picture.bytes = std::move(bytes);
  picture.ending = probe.ending;
  picture.width = probe.width;
  picture.height = probe.height;
  if (options.longer_side > 0 && std::max(probe.width, probe.height) > options.longer_side &&
      !shrink(picture, options)) {
    return {.status = "corrupt"};
  }
  picture.status = "ok";
  picture.sha256 = sha256_hex(picture.bytes);
  return picture;
}

PictureChecks::PictureChecks(const CheckOptions& options, int threads, std::function<void()> wake)
    : options_(options), wake_(std::move(wake)) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

PictureChecks::~PictureChecks() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  threads_.clear();  // joins, while the rest still lives
}

void PictureChecks::submit(Job job) {
  ++pending_;
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
}

std::optional<PictureChecks::Done> PictureChecks::take() {
  const std::lock_guard lock(mutex_);
  if (done_.empty()) return std::nullopt;
  std::optional<Done> done = std::move(done_.front());
  done_.pop_front();
  --pending_;
  return done;
}

void PictureChecks::work() {
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopping_ || !jobs_.empty(); });
      if (stopping_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    Done done{.row = job.row,
              .tries = job.tries,
              .body_size = static_cast<std::int64_t>(job.bytes.size()),
              .picture = check_picture(std::move(job.bytes), options_)};
    {
      const std::lock_guard lock(mutex_);
      done_.push_back(std::move(done));
    }
    wake_();
  }
}

}  // namespace unimo::stages
