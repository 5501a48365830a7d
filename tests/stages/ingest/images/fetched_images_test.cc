#include "stages/ingest/corpora/fetched_images.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/stages/ingest/images/pictures.h"

namespace unimo::stages {
namespace {

using testing::HasSubstr;
using Verdict = FetchedImage::Verdict;

class Fetched : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(bench_.output()); }
  Result<FetchedImages> open(const std::string& name, std::int64_t placeholder_rows = 3) {
    return FetchedImages::open(bench_.path(name), bench_.output(), placeholder_rows);
  }
  std::string refusal(const std::string& line) {
    bench_.write("refused/outcomes.jsonl", line + "\n");
    const auto fetched = open("refused");
    EXPECT_FALSE(fetched) << line;
    return fetched ? "" : fetched.error().message;
  }
  static Verdict verdict(FetchedImages& fetched, std::int64_t row) {
    const FetchedImage* image = fetched.find(row).value();
    EXPECT_NE(image, nullptr) << row;
    return image == nullptr ? Verdict::kFailed : image->verdict;
  }
  StageBench bench_;
};

TEST_F(Fetched, FindsOutcomesInAnyOrderAndTheLastOfARow) {
  FetchedFolder folder(bench_, "f");
  folder.ok(5, "u5", picture(40, 30, 5));
  folder.failed(2, "u2", "timeout");
  folder.failed(0, "u0", "gone");
  folder.ok(2, "u2", picture(40, 30, 2));
  folder.finish();
  auto fetched = open("f");
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_EQ(fetched->pictures(), 2);
  const FetchedImage* gone = fetched->find(0).value();
  ASSERT_NE(gone, nullptr);
  EXPECT_EQ(gone->verdict, Verdict::kFailed);
  EXPECT_EQ(gone->status, "gone");
  EXPECT_EQ(fetched->find(1).value(), nullptr);
  const FetchedImage* image = fetched->find(2).value();
  ASSERT_NE(image, nullptr);
  EXPECT_EQ(image->verdict, Verdict::kUsable);
  EXPECT_EQ(image->url, "u2");
  EXPECT_EQ(
      read_picture(bench_.path("f"), {image->path.filename().string(), image->offset, image->size})
          .value(),
      picture(40, 30, 2));
  EXPECT_EQ(verdict(*fetched, 5), Verdict::kUsable);
  EXPECT_EQ(fetched->find(6).value(), nullptr);
}

TEST_F(Fetched, KeepsTheFirstOfEqualPicturesAndNoPlaceholder) {
  FetchedFolder folder(bench_, "f");
  folder.ok(0, "a", picture(40, 30, 1));
  folder.ok(1, "b", picture(40, 30, 1));
  for (int row = 2; row < 5; ++row) folder.ok(row, "logo", picture(40, 30, 2));
  folder.finish();
  auto fetched = open("f", 3);
  ASSERT_TRUE(fetched);
  EXPECT_EQ(verdict(*fetched, 0), Verdict::kUsable);
  EXPECT_EQ(verdict(*fetched, 1), Verdict::kDuplicate);
  for (int row = 2; row < 5; ++row) EXPECT_EQ(verdict(*fetched, row), Verdict::kPlaceholder);
}

TEST_F(Fetched, ReadsAFolderOfPicturesNamedByTheirRow) {
  bench_.write("p/00000003.jpg", picture(40, 30, 3));
  bench_.write("p/00001/00000012.png", picture(40, 30, 12, ".png"));
  bench_.write("p/00000013.jpg", picture(40, 30, 3));
  bench_.write("p/00000003.json", "{}");
  bench_.write("p/readme.txt", "hello");
  auto fetched = open("p");
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_EQ(fetched->pictures(), 3);
  EXPECT_EQ(fetched->find(0).value(), nullptr);
  EXPECT_EQ(verdict(*fetched, 3), Verdict::kUsable);
  EXPECT_EQ(verdict(*fetched, 12), Verdict::kUsable);
  EXPECT_EQ(verdict(*fetched, 13), Verdict::kDuplicate);
}

TEST_F(Fetched, RefusesTwoPicturesOfOneRow) {
  bench_.write("p/00000003.jpg", picture(40, 30, 3));
  bench_.write("p/3.png", picture(40, 30, 4, ".png"));
  const auto fetched = open("p");
  ASSERT_FALSE(fetched);
  EXPECT_THAT(fetched.error().message, HasSubstr("3.png is a second picture of row 3"));
}

TEST_F(Fetched, RefusesOtherFolders) {
  bench_.write("p/cat.jpg", picture(40, 30, 3));
  EXPECT_THAT(open("p").error().message, HasSubstr("neither outcomes.jsonl nor pictures"));
  EXPECT_THAT(open("nowhere").error().message, HasSubstr("no folder"));
}

TEST_F(Fetched, RefusesOutcomesThatLeadOutOfTheFolderOrSayNothing) {
  const std::string sum(64, 'a');
  const auto line = [&](const std::string& file) {
    return Json{{"row", 0},    {"url", "u"}, {"status", "ok"}, {"file", file},
                {"offset", 0}, {"size", 1},  {"sha256", sum}}
        .dump();
  };
  EXPECT_THAT(refusal(line("../secret")), HasSubstr("outcomes.jsonl:1: a picture needs a file"));
  EXPECT_THAT(refusal(line("/etc/passwd")), HasSubstr("a picture needs a file inside"));
  EXPECT_THAT(refusal(R"({"row": -1, "status": "ok"})"), HasSubstr("needs a row from 0"));
  EXPECT_THAT(refusal(R"({"row": 1})"), HasSubstr("needs a row from 0 and a status"));
  EXPECT_THAT(refusal("{\"row\": 1,"), HasSubstr("outcomes.jsonl:1"));
}

}  // namespace
}  // namespace unimo::stages
