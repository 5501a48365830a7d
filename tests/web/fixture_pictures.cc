#include "tests/web/fixture_pictures.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"

namespace unimo::web {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kCaptionsPerImage = 5;
constexpr int kDrawnWidth = 160;
constexpr int kDrawnHeight = 120;

const std::array<const char*, 8> kScenes = {
    "two dogs run across a wet field",       "a child climbs a set of wooden stairs",
    "a man in a red jacket rides a bicycle", "three people sit on a bench by the sea",
    "a climber hangs from a steep rock",     "a girl paints a picture of a rainbow",
    "a surfer rides a tall green wave",      "a football player kicks the ball"};
const std::array<const char*, 5> kEndings = {"", " on a sunny day", " while others watch",
                                             " in the morning", " , seen from a distance"};
const std::array<const char*, 6> kLabels = {"person", "dog", "grass", "ball", "sky", "jacket"};

std::string caption(std::size_t image, std::size_t n) {
  return std::string(kScenes[image % kScenes.size()]) + kEndings[n % kEndings.size()] + " .";
}

std::string split_of(std::size_t image, std::size_t count) {
  if (image + 8 >= count) return "test";
  return image + 12 >= count ? "val" : "train";
}

}  // namespace

std::string drawn_picture(int width, int height, unsigned seed) {
  const std::size_t row = (static_cast<std::size_t>(width) * 3 + 3) / 4 * 4;
  const std::size_t size = 54 + row * static_cast<std::size_t>(height);
  std::string bmp(size, '\0');
  const auto put32 = [&bmp](std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) bmp[at + i] = static_cast<char>((value >> (8 * i)) & 0xff);
  };
  bmp[0] = 'B';
  bmp[1] = 'M';
  put32(2, static_cast<std::uint32_t>(size));
  put32(10, 54);
  put32(14, 40);
  put32(18, static_cast<std::uint32_t>(width));
  put32(22, static_cast<std::uint32_t>(height));
  bmp[26] = 1;
  bmp[28] = 24;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const unsigned tile =
          (static_cast<unsigned>(x) / 40 + static_cast<unsigned>(y) / 30 * 4 + seed) * 2654435761U;
      char* pixel =
          bmp.data() + 54 + static_cast<std::size_t>(y) * row + static_cast<std::size_t>(x) * 3;
      for (unsigned c = 0; c < 3; ++c)
        pixel[c] = static_cast<char>(96 + ((tile >> (8 * c)) & 0x7f));
    }
  }
  return bmp;
}

std::pair<int, int> jpeg_size(const std::string& bytes) {
  const auto byte = [&bytes](std::size_t i) {
    return static_cast<int>(static_cast<unsigned char>(bytes[i]));
  };
  for (std::size_t i = 2; i + 9 < bytes.size() && byte(i) == 0xff;) {
    const int marker = byte(i + 1);
    if (marker >= 0xc0 && marker <= 0xc2)
      return {byte(i + 7) * 256 + byte(i + 8), byte(i + 5) * 256 + byte(i + 6)};
    i += 2 + static_cast<std::size_t>(byte(i + 2) * 256 + byte(i + 3));
  }
  return {0, 0};
}

FixturePictures::FixturePictures(const fs::path& photos, std::size_t count) : count_(count) {
  std::error_code error;
  if (!photos.empty() && fs::is_directory(photos, error)) {
    for (const auto& entry : fs::directory_iterator(photos, error)) {
      if (entry.path().extension() == ".jpg") photos_.push_back(entry.path());
    }
  }
  std::sort(photos_.begin(), photos_.end());
  if (photos_.size() < count_) photos_.clear();
}

std::string FixturePictures::id(std::size_t image) const {
  return photos_.empty() ? fmt::format("drawn_{:03}", image) : photos_[image].stem().string();
}

std::string FixturePictures::file_name(std::size_t image) const {
  return fmt::format("images/{:06}.{}", image, photos_.empty() ? "bmp" : "jpg");
}

Status FixturePictures::write_records(const fs::path& folder) const {
  UNIMO_TRY(make_directories(folder / "images"));
  std::string images, captions;
  for (std::size_t i = 0; i < count_; ++i) {
    const std::string bytes =
        photos_.empty() ? drawn_picture(kDrawnWidth, kDrawnHeight, static_cast<unsigned>(i))
                        : UNIMO_TRY(read_file(photos_[i]));
    const auto [width, height] =
        photos_.empty() ? std::pair(kDrawnWidth, kDrawnHeight) : jpeg_size(bytes);
    UNIMO_TRY(write_file_atomic(folder / file_name(i), bytes));
    Json regions = Json::array();
    // Only some have regions of their own; the others get those of the preview.
    for (int r = 0; i % 2 == 0 && r < 3; ++r) {
      const int x = width * (10 + 22 * r) / 100;
      const int y = height * (15 + 17 * ((r + static_cast<int>(i)) % 3)) / 100;
      regions.push_back({{"box", {x, y, x + width / 4, y + height / 3}},
                         {"label", kLabels[(i + static_cast<std::size_t>(r)) % kLabels.size()]},
                         {"attributes", Json::array()}});
    }
    images += canonical_text({{"id", id(i)},
                              {"file", file_name(i)},
                              {"width", width},
                              {"height", height},
                              {"split", split_of(i, count_)},
                              {"regions", regions}}) +
              "\n";
    for (std::size_t n = 0; n < kCaptionsPerImage; ++n) {
      captions +=
          canonical_text(
              {{"id", fmt::format("{}#{}", id(i), n)}, {"image", id(i)}, {"text", caption(i, n)}}) +
          "\n";
    }
  }
  UNIMO_TRY(write_json(folder / "records.json",
                       {{"format", "unimo.records"}, {"version", 1}, {"source", "flickr"}}));
  UNIMO_TRY(write_file_atomic(folder / "images.jsonl", images));
  return write_file_atomic(folder / "captions.jsonl", captions);
}

Status FixturePictures::write_regions(const fs::path& folder) const {
  std::string lines;
  for (std::size_t i = 0; i < count_; ++i) {
    lines += canonical_text({{"image", id(i)},
                             {"width", kDrawnWidth},
                             {"height", kDrawnHeight},
                             {"boxes", {{0.05, 0.1, 0.45, 0.7}, {0.4, 0.3, 0.9, 0.95}}},
                             {"labels", {kLabels[i % kLabels.size()], "window"}},
                             {"confidences", {0.875, 0.25}},
                             {"attributes", {"gray", ""}}}) +
             "\n";
  }
  UNIMO_TRY(write_json(folder / "regions.json", {{"format", "unimo.regions"}, {"version", 1}}));
  return write_file_atomic(folder / "preview.jsonl", lines);
}

Status FixturePictures::write_captions(const fs::path& folder, const std::string& salt) const {
  Json list = Json::array();
  for (std::size_t i = 0; i < count_; ++i) {
    if (split_of(i, count_) != "test") continue;
    const std::size_t guess = i % 4 == 3 ? i + 1 : i;
    list.push_back(
        {{"image_id", id(i)}, {"caption", std::string(kScenes[guess % kScenes.size()]) + " ."}});
  }
  UNIMO_TRY(write_json(folder / "captions.json", list));
  return write_json(folder / "predictions.json", {{"format", "unimo.predictions"},
                                                  {"version", 1},
                                                  {"task", "caption"},
                                                  {"split", "test"},
                                                  {"checkpoint", salt}});
}

Status FixturePictures::write_retrieval(const fs::path& folder, double quality) const {
  Json images = Json::array(), captions = Json::array(), owners = Json::array();
  std::vector<float> similarity;
  std::vector<std::size_t> test;
  for (std::size_t i = 0; i < count_; ++i) {
    if (split_of(i, count_) == "test") test.push_back(i);
  }
  for (std::size_t row = 0; row < test.size(); ++row) {
    images.push_back(id(test[row]));
    for (std::size_t n = 0; n < kCaptionsPerImage; ++n) {
      captions.push_back(fmt::format("{}#{}", id(test[row]), n));
      owners.push_back(row);
    }
  }
  for (std::size_t row = 0; row < test.size(); ++row) {
    for (std::size_t column = 0; column < captions.size(); ++column) {
      const bool own = column / kCaptionsPerImage == row;
      const auto wobble = static_cast<float>((row * 31 + column * 17) % 23) / 40.0F;
      similarity.push_back((own ? 0.4F + static_cast<float>(quality) : 0.0F) + wobble);
    }
  }
  UNIMO_TRY(write_json(folder / "index.json",
                       {{"images", images}, {"captions", captions}, {"image_of_caption", owners}}));
  std::string bytes(similarity.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), similarity.data(), bytes.size());
  UNIMO_TRY(write_file_atomic(folder / "similarity.f32", bytes));
  return write_json(
      folder / "predictions.json",
      {{"format", "unimo.predictions"}, {"version", 1}, {"task", "retrieval"}, {"split", "test"}});
}

}  // namespace unimo::web
