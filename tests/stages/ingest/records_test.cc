#include "stages/ingest/records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

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
  EXPECT_EQ(records.images[0].place.file, "images-000000.tar");
  EXPECT_EQ(read_picture(path(), records.images[0].place).value(), "bytes");
  EXPECT_EQ(records.images[0].regions[0].attributes[1], "small");
  EXPECT_EQ(records.images[0].regions[0].box[0], 0.5);
  EXPECT_EQ(records.captions[0].text, "A cat \"sits\".");
  EXPECT_EQ(records.texts[0].split, "train");
  EXPECT_FALSE(std::filesystem::exists(path() / "quarantine.jsonl"));
}

TEST_F(RecordsFolder, GivesDocumentsAndExamplesBackOneByOne) {
  auto out = writer();
  const DocumentRecord page{.id = "wiki:12",
                            .title = "Anarchism",
                            .text = "One. Two.\nThree.",
                            .sentences = {{0, 4}, {5, 9}, {10, 16}},
                            .split = "train"};
  ASSERT_TRUE(out.add_document(page));
  EXPECT_FALSE(out.add_document(page));
  ExampleRecord turn{.id = "3dr23u6we5exclen4th8uq9rb42tel#2", .split = "val"};
  turn.parts = {{"story", "Cotton lived."}, {"question", "Where?"}};
  turn.history = {{"Who?", "Cotton"}};
  turn.targets = {"in a barn", "a barn"};
  turn.score = 2.5;
  turn.extra["span"] = {0, 6};
  ASSERT_TRUE(out.add_example(turn));
  ASSERT_TRUE(out.finish(Quarantine()));

  std::vector<DocumentRecord> documents;
  ASSERT_TRUE(visit_documents(path(), [&](DocumentRecord& document) {
    documents.push_back(document);
    return ok();
  }));
  ASSERT_EQ(documents.size(), 1U);
  EXPECT_EQ(documents[0].title, "Anarchism");
  EXPECT_EQ(documents[0].sentences[2].begin, 10U);
  std::vector<ExampleRecord> examples;
  ASSERT_TRUE(visit_examples(path(), [&](ExampleRecord& example) {
    examples.push_back(example);
    return ok();
  }));
  ASSERT_EQ(examples.size(), 1U);
  EXPECT_EQ(examples[0].parts.at("question"), "Where?");
  EXPECT_EQ(examples[0].history[0].answer, "Cotton");
  EXPECT_EQ(examples[0].targets.size(), 2U);
  EXPECT_EQ(examples[0].score, 2.5);
  EXPECT_EQ(examples[0].extra["span"][1], 6);
}

TEST_F(RecordsFolder, RefusesSentencesThatOverlapOrLeaveTheText) {
  auto out = writer();
  DocumentRecord page{
      .id = "1", .text = "One. Two.", .sentences = {{0, 5}, {4, 9}}, .split = "train"};
  EXPECT_FALSE(out.add_document(page));
  page.sentences = {{0, 4}, {5, 10}};
  EXPECT_FALSE(out.add_document(page));
}

TEST_F(RecordsFolder, SetsTheOfficialCountsBesideWhatWasFound) {
  auto out = writer();
  ASSERT_TRUE(out.add_example({.id = "1", .split = "val"}));
  ASSERT_TRUE(out.add_example({.id = "2", .split = "train"}));
  out.official("examples.val", 2);
  out.official("examples", 2);
  ASSERT_TRUE(out.finish(Quarantine()));
  const Json official = read_json(path() / "statistics.json").value().at("official");
  EXPECT_EQ(official["examples.val"]["found"], 1);
  EXPECT_EQ(official["examples.val"]["official"], 2);
  EXPECT_EQ(official["examples"]["found"], 2);
}

TEST_F(RecordsFolder, TarsAreTheSameBytesEachTimeAndReadableAlone) {
  const auto write = [](const std::filesystem::path& folder) {
    auto out = RecordsWriter::create(folder, "test").value();
    EXPECT_TRUE(
        out.add_image({.id = "7", .width = 10, .height = 8, .split = "val"}, "first", "png"));
    EXPECT_TRUE(
        out.add_image({.id = "8", .width = 10, .height = 8, .split = "val"}, "second", "jpg"));
    EXPECT_TRUE(out.finish(Quarantine()));
    return read_file(folder / "images-000000.tar").value();
  };
  const std::string tar = write(path() / "a");
  EXPECT_EQ(tar, write(path() / "b"));
  EXPECT_THAT(tar, HasSubstr("000000000.png"));
  EXPECT_THAT(tar, HasSubstr("000000000.json"));
  EXPECT_THAT(tar, HasSubstr("000000001.jpg"));
  EXPECT_EQ(tar.size() % 512, 0U);
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
  replace("records.json", R"({"format": "unimo.records", "version": 2, "source": "x"})");
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
  replace("records.json", R"({"format": "unimo.records", "version": 1, "source": "x"})");
  EXPECT_THAT(error(), HasSubstr("not records of version 2"));
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

// Twenty megabytes, of which sixteen stay in memory.
void fill(Quarantine& quarantine) {
  for (int i = 0; i < 20'000; ++i)
    quarantine.add(Item::kImage,
                   {"list", std::to_string(i), "missing_file", std::string(1000, 'x')});
}

TEST(Quarantine, KeepsTheOrderOfMoreEntriesThanFitIntoMemory) {
  const TempDir folder = TempDir::make("quarantine-").value();
  Quarantine quarantine;
  fill(quarantine);
  ASSERT_TRUE(quarantine.write(folder.path() / "quarantine.jsonl"));
  const auto lines = read_lines(folder.path() / "quarantine.jsonl").value();
  ASSERT_EQ(lines.size(), 20'000U);
  for (std::size_t i = 0; i < lines.size(); ++i)
    ASSERT_THAT(lines[i], HasSubstr(fmt::format("\"id\":\"{}\"", i)));
  EXPECT_THAT(quarantine.enforce(0.5).error().message, HasSubstr("20000 of 20000 images"));
}

TEST(Quarantine, SaysThatItsTemporaryFileCouldNotBeWritten) {
  const TempDir folder = TempDir::make("quarantine-").value();
  const char* before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("TMPDIR", (folder.path() / "nowhere").c_str(), 1);
  Quarantine quarantine;
  fill(quarantine);
  if (before == nullptr)
    ::unsetenv("TMPDIR");
  else
    ::setenv("TMPDIR", kept.c_str(), 1);
  const Status status = quarantine.write(folder.path() / "quarantine.jsonl");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kIo);
  EXPECT_THAT(status.error().message, HasSubstr("is the disk of TMPDIR full?"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "quarantine.jsonl"));
}

}  // namespace
}  // namespace unimo::stages
