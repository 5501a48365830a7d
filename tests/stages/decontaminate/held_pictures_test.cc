#include "stages/decontaminate/held_pictures.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <opencv2/imgproc.hpp>
#include <random>
#include <set>

#include "orchestrator/base/file.h"
#include "stages/decontaminate/hash_index.h"
#include "tests/stages/decontaminate/planted.h"

namespace unimo::stages {
namespace {

namespace fs = std::filesystem;

HeldPictures hold(const TempDir& folder, HeldPictures::Options options = {}) {
  return HeldPictures::create(folder.path(), options).value();
}

struct Photo {
  std::string name, bytes;
};

// Every `step`-th of a list of Flickr8k; empty without the shared data.
std::vector<Photo> photos(const char* list, std::size_t step) {
  const fs::path folder = fs::path(UNIMO_SHARED_DATA) / "flickr8k";
  std::vector<Photo> result;
  if (!fs::exists(folder / list)) return result;
  const auto names = read_lines(folder / list).value();
  for (std::size_t i = 0; i < names.size(); i += step) {
    auto bytes = read_file(folder / "images" / names[i]);
    if (bytes) result.push_back({names[i], std::move(*bytes)});
  }
  return result;
}

#define UNIMO_NEED(photos_or_files) \
  if ((photos_or_files).empty())    \
  GTEST_SKIP() << "no " << UNIMO_SHARED_DATA << "/flickr8k: set UNIMO_SHARED_DATA"

class HeldFlickr8k : public testing::Test {
 protected:
  void SetUp() override {
    dev_ = photos("Flickr_8k.devImages.txt", 9);
    for (const Photo& photo : dev_)
      ASSERT_TRUE(held_.add_picture("flickr8k", photo.name, planted::look(photo.bytes)));
    held_.build();
  }

  // Of 100 copies of one kind, how many are found as what they are; names the others.
  std::size_t found(const planted::Kind& kind, std::string& missed) const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < 100; ++i) {
      const std::string copy = kind.make(planted::decode(dev_[i].bytes));
      const auto match = held_.find(planted::look(copy)).value();
      if (match && match->id == dev_[i].name)
        ++count;
      else
        missed += " " + dev_[i].name;
    }
    return count;
  }

  TempDir folder_ = TempDir::make("unimo-held-").value();
  HeldPictures held_ = hold(folder_);
  std::vector<Photo> dev_;
};

TEST_F(HeldFlickr8k, HundredCopiesOfEachKindAreFound) {
  UNIMO_NEED(dev_);
  ASSERT_GE(dev_.size(), 100U);
  for (const planted::Kind& kind : planted::kKinds) {
    std::string missed;
    EXPECT_EQ(found(kind, missed), 100U) << kind.name << ":" << missed;
  }
}

TEST_F(HeldFlickr8k, SameBytesAreFoundByBytes) {
  UNIMO_NEED(dev_);
  for (std::size_t i = 0; i < 100; ++i) {
    const auto match = held_.find(planted::look(dev_[i].bytes)).value();
    ASSERT_TRUE(match.has_value());
    EXPECT_EQ(match->reason, LeakReason::kSameBytes);
    EXPECT_EQ(match->id, dev_[i].name);
    EXPECT_EQ(match->benchmark, "flickr8k");
  }
}

TEST_F(HeldFlickr8k, AtMostOneInThousandStrangersIsTakenForACopy) {
  UNIMO_NEED(dev_);
  const auto train = photos("Flickr_8k.trainImages.txt", 5);
  std::string alarms;
  std::size_t count = 0;
  for (const Photo& photo : train) {
    const auto match = held_.find(planted::look(photo.bytes)).value();
    if (!match) continue;
    ++count;
    alarms += " " + photo.name + " = " + match->id;
  }
  ASSERT_GT(train.size(), 900U);
  EXPECT_LE(count * 1000, train.size()) << alarms;
}

TEST(HeldPictures, OriginalSizesOfFlickr30kAreTheSquaresOfFlickr8k) {
  const fs::path originals = fs::path(UNIMO_SHARED_DATA) / "original_size";
  const fs::path squares = fs::path(UNIMO_SHARED_DATA) / "flickr8k/images";
  if (!fs::exists(originals) || !fs::exists(squares))
    GTEST_SKIP() << "no " << originals << ": set UNIMO_SHARED_DATA";
  std::vector<fs::path> files;
  for (const auto& file : fs::directory_iterator(squares)) files.push_back(file.path());
  std::sort(files.begin(), files.end());
  const TempDir folder = TempDir::make("unimo-held-").value();
  HeldPictures held = hold(folder);
  std::set<std::string> numbers;
  for (const fs::path& file : files) {
    const std::string name = file.filename().string();
    const std::string number = name.substr(0, name.find('_'));
    const fs::path original = originals / ("flickr30k_" + number + ".jpg");
    if (!fs::exists(original)) continue;
    numbers.insert(number);
    ASSERT_TRUE(held.add_picture("flickr30k", number, planted::look(read_file(original).value())));
  }
  held.build();
  ASSERT_FALSE(numbers.empty());
  for (const fs::path& file : files) {
    const std::string name = file.filename().string();
    const std::string number = name.substr(0, name.find('_'));
    if (!numbers.contains(number)) continue;
    const auto match = held.find(planted::look(read_file(file).value())).value();
    ASSERT_TRUE(match.has_value()) << name;
    EXPECT_EQ(match->id, number);
    EXPECT_EQ(match->reason, LeakReason::kLooksAlike);
  }
}

// A picture with edges of all sizes.
cv::Mat scene(std::uint64_t seed, int width = 320, int height = 240) {
  std::mt19937_64 random(seed);
  cv::Mat picture(height, width, CV_8UC3, cv::Scalar(90, 120, 150));
  const auto below = [&](int bound) {
    return static_cast<int>(random() % static_cast<std::uint64_t>(bound));
  };
  for (int i = 0; i < 60; ++i) {
    const cv::Rect box(below(width), below(height), 8 + below(width / 3), 8 + below(height / 3));
    cv::rectangle(picture, box, cv::Scalar(below(256), below(256), below(256)), cv::FILLED);
  }
  return picture;
}

TEST(HeldPictures, CopiesOfDrawnScenesAreFoundAndOtherScenesAreNot) {
  const TempDir folder = TempDir::make("unimo-held-").value();
  HeldPictures held = hold(folder);
  for (std::uint64_t i = 0; i < 20; ++i) {
    ASSERT_TRUE(
        held.add_picture("drawn", std::to_string(i), planted::look(planted::encode(scene(i), 95))));
  }
  held.build();
  EXPECT_EQ(held.pictures(), 20U);
  for (std::uint64_t i = 0; i < 20; ++i) {
    for (const planted::Kind& kind : planted::kKinds) {
      const auto match = held.find(planted::look(kind.make(scene(i)))).value();
      ASSERT_TRUE(match.has_value()) << kind.name << " of " << i;
      EXPECT_EQ(match->id, std::to_string(i));
      EXPECT_EQ(match->mirrored, kind.name == "mirrored");
    }
    const auto other = held.find(planted::look(planted::encode(scene(1000 + i), 95))).value();
    EXPECT_FALSE(other.has_value()) << i;
  }
}

TEST(HeldPictures, BlankPicturesAreNobodysCopy) {
  const TempDir folder = TempDir::make("unimo-held-").value();
  HeldPictures held = hold(folder);
  const cv::Mat grey(100, 100, CV_8UC3, cv::Scalar(128, 128, 128));
  const cv::Mat dark(100, 100, CV_8UC3, cv::Scalar(3, 3, 3));
  ASSERT_TRUE(held.add_picture("b", "grey", planted::look(planted::encode(grey, 95))));
  held.build();
  EXPECT_FALSE(held.find(planted::look(planted::encode(dark, 95))).value().has_value());
  EXPECT_TRUE(held.find(planted::look(planted::encode(grey, 95))).value().has_value());  // bytes
}

TEST(HeldPictures, WaysOfFindingCanBeSwitchedOff) {
  const TempDir folder = TempDir::make("unimo-held-").value();
  const std::string bytes = planted::encode(scene(1), 95);
  cv::Mat flipped;
  cv::flip(scene(1), flipped, 1);
  HeldPictures by_bytes = hold(folder, {.looks = false});
  ASSERT_TRUE(by_bytes.add_picture("b", "1", planted::look(bytes)));
  by_bytes.build();
  EXPECT_TRUE(by_bytes.find(planted::look(bytes)).value().has_value());
  EXPECT_FALSE(by_bytes.find(planted::look(planted::encode(scene(1), 60))).value().has_value());
  HeldPictures by_look = hold(folder, {.bytes = false, .mirrored = false});
  ASSERT_TRUE(by_look.add_picture("b", "1", planted::look(bytes)));
  by_look.build();
  EXPECT_EQ(by_look.find(planted::look(bytes)).value()->reason, LeakReason::kLooksAlike);
  EXPECT_FALSE(by_look.find(planted::look(planted::encode(flipped, 95))).value().has_value());
}

TEST(HeldPictures, FirstPictureOfANameKeepsIt) {
  const TempDir folder = TempDir::make("unimo-held-").value();
  HeldPictures held = hold(folder);
  held.add_name("coco:139", "coco", "139");
  held.add_name("coco:139", "vqa", "139");
  EXPECT_EQ(held.names(), 1U);
  EXPECT_EQ(held.find_name("coco:139")->benchmark, "coco");
  EXPECT_EQ(held.find_name("coco:139")->reason, LeakReason::kSameName);
  EXPECT_FALSE(held.find_name("coco:140").has_value());
}

TEST(LookAtPicture, BytesThatAreNoPictureAreAnError) {
  for (const std::string& bytes :
       {std::string(), std::string("no picture"), planted::encode(scene(1), 90).substr(0, 30)}) {
    const auto look = look_at_picture(bytes, 100, 100);
    ASSERT_FALSE(look.has_value());
    EXPECT_EQ(look.error().code, ErrorCode::kInvalid);
  }
}

TEST(LookAtPicture, LargePictureLooksLikeItsSmallCopy) {
  const cv::Mat small = scene(3, 200, 150);
  const cv::Mat large = planted::resized(small, 8, 8);
  const Look a = planted::look(planted::encode(small, 95));
  const Look b = planted::look(planted::encode(large, 95));
  EXPECT_GT(detail_correlation(a.grey, frames()[0], b.grey, frames()[0]), 0.95);
}

TEST(HashIndex, FindsExactlyTheHashesWithinTheDistance) {
  std::mt19937_64 random(11);
  HashIndex index;
  std::vector<std::uint64_t> hashes;
  const std::uint64_t wanted = random();
  for (int i = 0; i < 3000; ++i) {
    std::uint64_t hash = i % 3 == 0 ? random() : wanted;
    for (int change = 0; i % 3 != 0 && change < i % 20; ++change)
      hash ^= std::uint64_t{1} << (random() % 64);
    hashes.push_back(hash);
    index.add(hash);
  }
  index.build();
  for (const int distance : {0, 3, 4, 7, 8, HashIndex::kMaxDistance}) {
    std::set<std::uint32_t> found;
    index.find(wanted, distance, [&](std::uint32_t number, int bits) {
      EXPECT_EQ(bits, std::popcount(hashes[number] ^ wanted));
      found.insert(number);
    });
    std::set<std::uint32_t> right;
    for (std::uint32_t i = 0; i < hashes.size(); ++i) {
      if (std::popcount(hashes[i] ^ wanted) <= distance) right.insert(i);
    }
    EXPECT_EQ(found, right) << distance;
    EXPECT_FALSE(right.empty());
  }
}

TEST(HashIndex, EmptyIndexFindsNothing) {
  HashIndex index;
  index.build();
  int found = 0;
  index.find(5, 10, [&](std::uint32_t, int) { ++found; });
  EXPECT_EQ(found, 0);
}

}  // namespace
}  // namespace unimo::stages
