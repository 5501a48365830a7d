#include "stages/ingest/image_probe.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <vector>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"

namespace unimo::stages {
namespace {

namespace fs = std::filesystem;

std::string encoded(const std::string& ending, const std::vector<int>& options = {}, int width = 64,
                    int height = 48) {
  cv::Mat picture(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      picture.at<cv::Vec3b>(y, x) = cv::Vec3b(static_cast<uchar>(x * 3), static_cast<uchar>(y * 5),
                                              static_cast<uchar>(x * y));
    }
  }
  std::vector<uchar> bytes;
  cv::imencode(ending, picture, bytes, options);
  return {bytes.begin(), bytes.end()};
}

// What each file of the collection must give: reason ("" is good), size, and what is said of it.
struct Expected {
  std::string reason;
  int width = 0, height = 0;
  std::string detail = "";  // a part of it
};

const std::map<std::string, Expected>& expectations() {
  static const std::map<std::string, Expected> table{
      {"good_baseline.jpg", {"", 150, 200}},
      {"truncated_50pct.jpg", {"truncated", 150, 200}},
      {"truncated_header_only.jpg", {"truncated"}},
      {"soi_only.jpg", {"truncated"}},
      {"zero_bytes.jpg", {"empty_file", 0, 0, "0 bytes"}},
      {"random_bytes.jpg", {"not_an_image", 0, 0, "bytes of no known image format"}},
      {"html_error_page.jpg", {"not_an_image", 0, 0, "an HTML or XML page"}},
      {"corrupt_scan_bytes.jpg", {"corrupt", 150, 200}},
      {"trailing_garbage.jpg", {"", 150, 200}},
      {"missing_eoi.jpg", {"", 150, 200}},
      {"size_bomb_header.jpg",
       {"too_large", 65500, 65500, "65500x65500 pixels; the limit is 50000000"}},
      {"grayscale.jpg", {"", 150, 200}},
      {"cmyk.jpg", {"", 150, 200}},
      {"progressive.jpg", {"", 150, 200}},
      {"exif_orientation6.jpg", {"", 150, 200}},
      {"one_pixel.jpg", {"", 1, 1}},
      {"extreme_wide.jpg", {"", 1800, 3}},
      {"png_named_jpg.jpg", {"", 160, 107}},
      {"rgba.png", {"", 160, 107}},
      {"palette.png", {"", 160, 107}},
      {"gray16.png", {""}},
      {"animated.gif", {"unsupported", 0, 0, "GIF; convert it to JPEG, PNG, BMP or WebP"}},
      {"bitmap.bmp", {"", 40, 30}},
      {"webp_named_jpg.jpg", {""}},
      {"name with spaces \u00e9.jpg", {""}},
  };
  return table;
}

TEST(ImageProbe, JudgesEveryFileOfTheBadCollection) {
  const fs::path folder = fs::path(UNIMO_SHARED_DATA) / "bad_images";
  if (!fs::exists(folder)) GTEST_SKIP() << "no " << folder;
  const Json manifest = read_json(folder / "MANIFEST.json").value();
  ASSERT_EQ(manifest.size(), expectations().size());
  for (const Json& item : manifest) {
    const std::string name = item.at("file");
    SCOPED_TRACE(name);
    ASSERT_TRUE(expectations().contains(name));
    const Expected& expected = expectations().at(name);
    const std::string bytes = read_file(folder / name).value();
    const ImageProbe probe = probe_image(bytes, {});
    EXPECT_EQ(probe.reason, expected.reason) << probe.detail;
    if (expected.width > 0) {
      EXPECT_EQ(probe.width, expected.width);
      EXPECT_EQ(probe.height, expected.height);
    }
    if (!probe.good()) {
      EXPECT_FALSE(probe.detail.empty());
      EXPECT_NE(probe.detail.find(expected.detail), std::string::npos) << probe.detail;
      continue;
    }
    const auto pixels = decode_image(bytes, {});
    ASSERT_TRUE(pixels.has_value()) << pixels.error().message;
    EXPECT_EQ(pixels->type(), CV_8UC3);
    EXPECT_EQ(pixels->cols, probe.width);
    EXPECT_EQ(pixels->rows, probe.height);
  }
}

// Found by image_probe_fuzz: without its end marker, which nobody missed.
TEST(ImageProbe, RefusesArithmeticCodingWhoseCutsNobodySees) {
  const std::string_view hex =
      "ffd8ffdb00430010101010101010101010101010101010101010100a000000000000001000000000"
      "000000000000000014101010107c0010101010101010101010101010101061ffc9000b08000c0008"
      "01011100a2a23a2f2f010000000000000000000000000000ff00000000ffda0008010100003fd9d9"
      "d9";
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  const ImageProbe probe = probe_image(bytes, {});
  EXPECT_EQ(probe.reason, "unsupported");
  EXPECT_NE(probe.detail.find("arithmetic coding; convert it"), std::string::npos) << probe.detail;
}

TEST(ImageProbe, ConvertsCmykToTheColoursOfTheSamePicture) {
  const fs::path folder = fs::path(UNIMO_SHARED_DATA) / "bad_images";
  if (!fs::exists(folder)) GTEST_SKIP() << "no " << folder;
  const auto rgb = decode_image(read_file(folder / "good_baseline.jpg").value(), {});
  const auto cmyk = decode_image(read_file(folder / "cmyk.jpg").value(), {});
  ASSERT_TRUE(rgb.has_value() && cmyk.has_value());
  EXPECT_LT(cv::norm(*rgb, *cmyk, cv::NORM_L1) / (150.0 * 200 * 3), 12.0);
}

TEST(ImageProbe, FindsEveryCutOfAJpegThatLosesPixels) {
  for (const bool progressive : {false, true}) {
    const std::string whole =
        encoded(".jpg", {cv::IMWRITE_JPEG_PROGRESSIVE, progressive ? 1 : 0}, 160, 120);
    ASSERT_TRUE(probe_image(whole, {}).good());
    EXPECT_TRUE(probe_image(std::string_view(whole).substr(0, whole.size() - 2), {}).good())
        << "only the end marker";
    const auto pixels = decode_image(std::string_view(whole).substr(0, whole.size() - 2), {});
    ASSERT_TRUE(pixels.has_value()) << pixels.error().message;
    EXPECT_EQ(cv::norm(*pixels, *decode_image(whole, {}), cv::NORM_INF), 0);
    for (std::size_t size = 2; size + 24 < whole.size(); size += 37) {
      EXPECT_EQ(probe_image(std::string_view(whole).substr(0, size), {}).reason, "truncated")
          << size << " of " << whole.size() << (progressive ? " progressive" : "");
    }
  }
}

// libjpeg looks for the next marker anywhere, OpenCV takes such bytes for no picture.
TEST(ImageProbe, CallsNothingGoodWhoseFirstMarkerIsFollowedByOtherBytes) {
  std::string bytes = encoded(".jpg");
  ASSERT_TRUE(probe_image(bytes, {}).good());
  bytes.insert(2, "\xC0\xC0");
  EXPECT_EQ(probe_image(bytes, {}).reason, "not_an_image");
  EXPECT_FALSE(decode_image(bytes, {}));
}

TEST(ImageProbe, FindsEveryCutOfTheOtherFormats) {
  for (const std::string ending : {".png", ".bmp", ".webp"}) {
    const std::string whole = encoded(ending);
    ASSERT_TRUE(probe_image(whole, {}).good()) << ending << ": " << probe_image(whole, {}).detail;
    for (std::size_t size = 20; size < whole.size(); size += whole.size() / 20) {
      EXPECT_EQ(probe_image(std::string_view(whole).substr(0, size), {}).reason, "truncated")
          << ending << " " << size;
    }
  }
}

TEST(ImageProbe, RefusesSizeBombsOfEveryFormatByTheirHeader) {
  for (const std::string ending : {".jpg", ".png", ".bmp", ".webp"}) {
    const ImageProbe probe = probe_image(encoded(ending), {.max_pixels = 64 * 48 - 1});
    EXPECT_EQ(probe.reason, "too_large") << ending;
    EXPECT_NE(probe.detail.find("64x48"), std::string::npos) << probe.detail;
    EXPECT_FALSE(decode_image(encoded(ending), {.max_pixels = 100}).has_value()) << ending;
  }
}

TEST(ImageProbe, SurvivesAnySingleChangedByte) {
  for (const std::string ending : {".jpg", ".png", ".bmp", ".webp"}) {
    const std::string whole = encoded(ending, {}, 24, 16);
    int judged = 0;
    for (std::size_t at = 0; at < whole.size(); ++at) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ 0x5A);
      const ImageProbe probe = probe_image(changed, {.max_pixels = 1'000'000});
      judged += probe.good() || !probe.detail.empty() ? 1 : 0;
    }
    EXPECT_EQ(judged, static_cast<int>(whole.size())) << ending;
  }
}

}  // namespace
}  // namespace unimo::stages
