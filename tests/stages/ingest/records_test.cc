#include "stages/ingest/records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/base/file.h"
#include "stages/ingest/quarantine.h"

namespace unimo::stages {
namespace {

using testing::HasSubstr;

class RecordsFolder : public testing::Test {
 protected:
  const std::filesystem::path& path() const { return folder_.path(); }
  RecordsWriter writer() { return RecordsWriter::create(path(), "test").value(); }
  void replace(const std::string& name, const std::string& text) {
    ASSERT_TRUE(write_file_atomic(path() / name, text));
  }
  std::string error() const {
    const auto records = read_records(path());
    return records ? "" : records.error().message;
  }
  TempDir folder_ = TempDir::make("unimo-records-").value();
};

TEST_F(RecordsFolder, ComesBackAsWritten) {
  auto out = writer();
  ASSERT_TRUE(out.add_image({.id = "7",
                             .width = 10,
                             .height = 8,
                             .split = "val",
                             .regions = {{{0.5, 1, 10, 8}, "cat", {"black", "small"}}}},
                            "bytes", "png"));
  ASSERT_TRUE(out.add_caption({"7#0", "7", "A cat \"sits\"."}));
  ASSERT_TRUE(out.add_text({"t", "Some text.", "train"}));
  ASSERT_TRUE(out.finish(Quarantine()));
  const Records records = read_records(path()).value();
  EXPECT_EQ(records.source, "test");
  EXPECT_EQ(records.images[0].file, "images/000000.png");
  EXPECT_EQ(records.images[0].regions[0].attributes[1], "small");
  EXPECT_EQ(records.images[0].regions[0].box[0], 0.5);
  EXPECT_EQ(records.captions[0].text, "A cat \"sits\".");
  EXPECT_EQ(records.texts[0].split, "train");
  EXPECT_FALSE(std::filesystem::exists(path() / "quarantine.jsonl"));
}

TEST_F(RecordsFolder, HasNoFilesWithoutContent) {
  auto out = writer();
  ASSERT_TRUE(out.add_text({"t", "Some text.", "train"}));
  ASSERT_TRUE(out.finish(Quarantine()));
  EXPECT_FALSE(std::filesystem::exists(path() / "images.jsonl"));
  EXPECT_TRUE(read_records(path()).value().images.empty());
}

TEST_F(RecordsFolder, RefusesWhatReadersCouldNotTrust) {
  auto out = writer();
  const ImageRecord good{.id = "1", .width = 10, .height = 10, .split = "train"};
  ASSERT_TRUE(out.add_image(good, "x", "jpg"));
  EXPECT_FALSE(out.add_image(good, "x", "jpg"));
  EXPECT_FALSE(out.add_image({.id = "2", .width = 10, .height = 10, .split = "dev"}, "x", "jpg"));
  EXPECT_FALSE(out.add_image({.id = "3", .width = 0, .height = 10, .split = "train"}, "x", "jpg"));
  EXPECT_FALSE(out.add_image({.id = "4",
                              .width = 10,
                              .height = 10,
                              .split = "train",
                              .regions = {{{0, 0, 11, 5}, "x", {}}}},
                             "x", "jpg"));
  EXPECT_FALSE(out.add_caption({"c", "2", "text"}));
  EXPECT_EQ(out.images(), 1);
}

TEST_F(RecordsFolder, NamesTheLineOfDamage) {
  replace("records.json", R"({"format": "unimo.records", "version": 1, "source": "x"})");
  replace("captions.jsonl", "{\"id\":\"c\",\"image\":\"9\",\"text\":\"t\"}\n");
  EXPECT_THAT(
      error(),
      HasSubstr(
          "captions.jsonl:1: caption c belongs to image 9, which images.jsonl does not have"));
  replace("captions.jsonl", "{\"id\":\"c\"}\n");
  EXPECT_THAT(error(), HasSubstr("captions.jsonl:1: not a line of a records artifact"));
  replace("captions.jsonl", "{\"id\":");
  EXPECT_THAT(error(), HasSubstr("captions.jsonl:1"));
}

TEST_F(RecordsFolder, RefusesAnotherVersion) {
  replace("records.json", R"({"format": "unimo.records", "version": 2, "source": "x"})");
  EXPECT_THAT(error(), HasSubstr("not records of version 1"));
}

TEST(Quarantine, HoldsEachKindOfItemAgainstTheLimit) {
  Quarantine quarantine;
  quarantine.saw(Item::kCaption, 1000);
  quarantine.saw(Item::kImage, 10);
  quarantine.add(Item::kImage, {"a.jpg", "1", "truncated", "cut"});
  EXPECT_TRUE(quarantine.enforce(0.1));
  const Status status = quarantine.enforce(0.05);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("1 of 10 images cannot be used"));
  EXPECT_THAT(status.error().message, HasSubstr("a.jpg: 1: truncated: cut"));
}

}  // namespace
}  // namespace unimo::stages
