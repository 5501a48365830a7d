#include <gtest/gtest.h>

#include "stages/ingest/image_probe.h"
#include "stages/ingest/image_turn.h"
#include "tests/stages/ingest/images/pictures.h"

namespace unimo::stages {
namespace {

// 40x20 with a dark left upper corner of 10x10.
std::string corner(const char* ending) {
  cv::Mat pixels(20, 40, CV_8UC3, cv::Scalar(255, 255, 255));
  pixels(cv::Rect(0, 0, 10, 10)) = cv::Scalar(0, 0, 0);
  std::vector<uchar> bytes;
  cv::imencode(ending, pixels, bytes);
  return {bytes.begin(), bytes.end()};
}

bool is_dark(const cv::Mat& pixels, int x, int y) { return pixels.at<cv::Vec3b>(y, x)[0] < 100; }

TEST(TurnImage, TurnsCounterClockwise) {
  struct Case {
    int turns, width, height, x, y;
  };
  for (const Case& one :
       {Case{1, 20, 40, 5, 35}, Case{2, 40, 20, 35, 15}, Case{3, 20, 40, 15, 5}}) {
    const auto turned = turn_image(corner(".png"), one.turns, {});
    ASSERT_TRUE(turned) << turned.error().message;
    EXPECT_EQ(turned->width, one.width);
    EXPECT_EQ(turned->height, one.height);
    const cv::Mat pixels = decode_image(turned->bytes, {}).value();
    ASSERT_EQ(pixels.cols, one.width);
    EXPECT_TRUE(is_dark(pixels, one.x, one.y)) << one.turns;
    EXPECT_FALSE(is_dark(pixels, one.width - 1 - one.x, one.height - 1 - one.y)) << one.turns;
  }
}

TEST(TurnImage, KeepsJpegAsJpegAndTheRestWithoutLoss) {
  EXPECT_EQ(turn_image(corner(".jpg"), 1, {})->ending, "jpg");
  EXPECT_EQ(turn_image(corner(".png"), 1, {})->ending, "png");
  EXPECT_EQ(turn_image(corner(".bmp"), 1, {})->ending, "png");
}

TEST(TurnImage, RefusesWhatIsNoPicture) {
  EXPECT_FALSE(turn_image("<html>", 1, {}));
  EXPECT_FALSE(turn_image(corner(".jpg"), 1, {.max_pixels = 100}));
}

}  // namespace
}  // namespace unimo::stages
