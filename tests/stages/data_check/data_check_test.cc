#include "stages/data_check/data_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "orchestrator/base/file.h"
#include "stages/data_check/file_reading.h"
#include "tests/stages/ingest/stream/packers.h"

namespace unimo::stages {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string lines(int count, std::string_view line) {
  std::string text;
  for (int i = 0; i < count; ++i) text += fmt::format("{}\n", line);
  return text;
}

class DataCheckTest : public ::testing::Test {
 protected:
  fs::path put(const std::string& name, std::string_view text) {
    const fs::path path = root() / name;
    fs::create_directories(path.parent_path());
    EXPECT_TRUE(write_file(path, text));
    return path;
  }

  DataCheck check(const DataCheckOptions& options = {}) {
    auto result = check_data(root(), options);
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return result ? *result : DataCheck{};
  }

  static const CheckedDataset& dataset(const DataCheck& check, std::string_view name) {
    for (const CheckedDataset& checked : check.datasets)
      if (checked.official->name == name) return checked;
    ADD_FAILURE() << "no data set " << name;
    return check.datasets.front();
  }

  // Of the first file that is called so.
  static const CheckedFile& file(const DataCheck& check, std::string_view name,
                                 std::string_view file) {
    const CheckedDataset& checked = dataset(check, name);
    for (const CheckedFile& one : checked.files)
      if (one.official->name == file) return one;
    ADD_FAILURE() << "no file " << file;
    return checked.files.front();
  }

  fs::path root() const { return folder_.path() / "data"; }

  void SetUp() override { fs::create_directories(root()); }

  TempDir folder_ = *TempDir::make("data_check");
};

TEST_F(DataCheckTest, AFileWithAllItemsIsWhole) {
  put("sst2/dev.tsv", "sentence\tlabel\n" + lines(872, "a good film \t1"));
  const DataCheck checked = check();
  const CheckedFile& dev = file(checked, "sst2", "dev.tsv");
  EXPECT_EQ(dev.state, FileState::kWhole);
  EXPECT_EQ(dev.path, "sst2/dev.tsv");
  EXPECT_THAT(dev.detail, StartsWith("872 examples"));
}

TEST_F(DataCheckTest, AnotherSizeWithAllItemsIsAnotherEdition) {
  put("sst2/dev.tsv", "sentence\tlabel\n" + lines(872, "a\t1"));
  EXPECT_THAT(file(check(), "sst2", "dev.tsv").detail,
              HasSubstr("3503 bytes, another edition than that of 94931"));
}

TEST_F(DataCheckTest, ASampleIsWrongByItsCount) {
  put("cc/Validation_GCC-1.1.0-Validation.tsv", lines(3, "a dog\thttp://host.example/a.jpg"));
  const DataCheck checked = check();
  const CheckedFile& val =
      file(checked, "conceptual_captions", "Validation_GCC-1.1.0-Validation.tsv");
  EXPECT_EQ(val.state, FileState::kWrong);
  EXPECT_EQ(val.detail, "3 of 15840 captions: a part");
}

TEST_F(DataCheckTest, ASampleBesideItsNameStandsForTheFile) {
  put("coqa/coqa-dev-v1.0.sample.json", R"({"version": "1.0", "data": [{"id": "a"}]})");
  const DataCheck checked = check();
  const CheckedFile& dev = file(checked, "coqa", "coqa-dev-v1.0.json");
  EXPECT_EQ(dev.detail, "1 of 500 conversations: a part");
  EXPECT_EQ(dev.path, "coqa/coqa-dev-v1.0.sample.json");
}

TEST_F(DataCheckTest, TheWholeFileIsPreferredToACopyInParts) {
  put("a/Flickr_8k.devImages.txt", lines(3, "a.jpg"));
  put("flickr8k/old/Flickr_8k.devImages.txt", lines(3, "a.jpg"));
  put("flickr8k/Flickr_8k.devImages.txt", lines(1000, "a.jpg"));
  const DataCheck checked = check();
  const CheckedFile& dev = file(checked, "flickr8k", "Flickr_8k.devImages.txt");
  EXPECT_EQ(dev.state, FileState::kWhole);
  EXPECT_EQ(dev.path, "flickr8k/Flickr_8k.devImages.txt");
}

TEST_F(DataCheckTest, TooManyItemsAreWrongToo) {
  put("flickr8k/Flickr_8k.devImages.txt", lines(1001, "a.jpg"));
  EXPECT_EQ(file(check(), "flickr8k", "Flickr_8k.devImages.txt").detail,
            "1001 of 1000 pictures: more than there should be");
}

TEST_F(DataCheckTest, BlankLinesMayHaveBeenLeftOutOfTheNumber) {
  put("gigaword/task1_ref0.txt", lines(1951, "a headline") + lines(49, ""));
  EXPECT_EQ(file(check(), "gigaword", "task1_ref0.txt").state, FileState::kWhole);
}

TEST_F(DataCheckTest, ARoundNumberNeedsOnlyBeNear) {
  std::string captions = "\"a\"";
  for (int i = 1; i < 850'000; ++i) captions += ",\"a\"";
  put("sbu-captions-all.json", R"({"image_urls": [], "captions": [)" + captions + "]}");
  EXPECT_EQ(file(check(), "sbu", "sbu-captions-all.json").state, FileState::kWhole);
}

TEST_F(DataCheckTest, AKnownSizeIsEnoughUnlessEverythingIsRead) {
  put("squad_qg/doclist-dev.txt", std::string(761, 'x'));
  EXPECT_EQ(file(check(), "squad_qg", "doclist-dev.txt").state, FileState::kWhole);
  const DataCheck checked = check({.deep = true});
  const CheckedFile& deep = file(checked, "squad_qg", "doclist-dev.txt");
  EXPECT_EQ(deep.state, FileState::kWrong);
  EXPECT_THAT(deep.detail, HasSubstr("should be 9f8220717484ad97"));
}

TEST_F(DataCheckTest, NamesTheColumnThatIsNotThere) {
  put("mnli/train.tsv", "0\ta premise\ta hypothesis\n");
  const DataCheck checked = check();
  const CheckedFile& train = file(checked, "mnli", "train.tsv");
  EXPECT_EQ(train.state, FileState::kWrong);
  EXPECT_THAT(train.detail, HasSubstr("no column \"sentence1\""));
}

TEST_F(DataCheckTest, RowsOfCsvMayHoldLineFeeds) {
  put("openimages/test-images-with-rotation.csv",
      "ImageID,Title\n0000000000000001,\"two\nlines\"\n0000000000000002,one\n");
  EXPECT_EQ(file(check(), "openimages", "test-images-with-rotation.csv").detail,
            "2 of 125436 pictures: a part");
}

TEST_F(DataCheckTest, ACutPackedFileIsWrong) {
  const std::string packed = gzip(lines(5000, some_text(40)));
  put("cnndm/all_test.txt.gz", packed.substr(0, packed.size() / 2));
  const DataCheck checked = check();
  const CheckedFile& test = file(checked, "cnndm", "all_test.txt");
  EXPECT_EQ(test.state, FileState::kWrong);
  EXPECT_THAT(test.detail, HasSubstr("all_test.txt.gz"));
}

TEST_F(DataCheckTest, ACutTarIsWrong) {
  put("openwebtext.tar", tar_member("openwebtext/a.txt", "A text."));
  const DataCheck checked = check();
  EXPECT_EQ(file(checked, "openwebtext", "openwebtext.tar*").state, FileState::kWrong);
}

TEST_F(DataCheckTest, CountsDocumentsOfArchivesInArchives) {
  const std::string texts =
      tar_member("0000001-a.txt", "One.") + tar_member("0000002-b.txt", "Two.") + tar_end();
  put("openwebtext.tar", tar_member("urlsf_subset00-1_data.xz", xz(texts)) + tar_end());
  EXPECT_EQ(file(check(), "openwebtext", "openwebtext.tar*").detail,
            "2 of 8013769 documents: a part");
}

TEST_F(DataCheckTest, FilesOfOneNameCountTogether) {
  put("books_large_p1.txt", lines(3, "a sentence ."));
  put("books_large_p2.txt", lines(2, "a sentence ."));
  EXPECT_EQ(file(check(), "bookwiki", "books_large_p*.txt").detail,
            "5 of 74004228 sentences: a part in 2 files");
}

TEST_F(DataCheckTest, ACutJsonFileIsWrong) {
  put("dataset_flickr30k.json", R"({"images": [{"filename": "1.jpg"}, {"file)");
  const DataCheck checked = check();
  EXPECT_EQ(file(checked, "flickr30k", "dataset_flickr30k.json").state, FileState::kWrong);
}

TEST_F(DataCheckTest, AJsonFileOfAnotherKindIsWrong) {
  put("captions_val2017.json", R"({"images": [{"id": 1}], "sentences": [{"id": 2}]})");
  EXPECT_THAT(file(check(), "coco", "captions_val2017.json").detail,
              HasSubstr("nothing in its list \"annotations\""));
}

TEST_F(DataCheckTest, AnEmptyFileIsWrong) {
  put("coqa-dev-v1.0.json", "");
  EXPECT_EQ(file(check(), "coqa", "coqa-dev-v1.0.json").detail, "is empty");
}

TEST_F(DataCheckTest, CountsPhrasesInsideOfPictures) {
  put("visual_genome/region_descriptions.json",
      R"([{"id": 1, "regions": [{"phrase": "a"}, {"phrase": "b"}]}, {"id": 2, "regions": [{}]}])");
  EXPECT_EQ(file(check(), "visual_genome", "region_descriptions.json").detail,
            "3 of about 5400000 phrases: a part");
}

TEST_F(DataCheckTest, PicturesAreCountedByFolder) {
  put("coco/images/train2014/COCO_train2014_000000000009.jpg", "");
  put("coco/images/train2014/readme.html", "");
  const DataCheck checked = check();
  const CheckedFile& train = file(checked, "coco", "train2014/*.jpg");
  EXPECT_EQ(train.state, FileState::kWrong);
  EXPECT_EQ(train.detail, "1 of 82783 pictures: a part");
  EXPECT_EQ(train.path, "coco/images/train2014/");
}

TEST_F(DataCheckTest, PicturesOfTwoFoldersCountTogether) {
  put("genome/VG_100K/1.jpg", "");
  put("genome/VG_100K_2/2.jpg", "");
  put("genome/VG_100K_2/3.jpg", "");
  EXPECT_EQ(file(check(), "visual_genome", "VG_100K*/*.jpg").detail,
            "3 of 108077 pictures: a part in 2 folders");
}

TEST_F(DataCheckTest, ReadingEverythingDecodesPictures) {
  put("val2014/a.jpg", "this is a page");
  put("val2014/b.jpg", "");
  const DataCheck checked = check({.deep = true});
  EXPECT_THAT(file(checked, "coco", "val2014/*.jpg").detail,
              HasSubstr("val2014/: 2 damaged, the first a.jpg (not_an_image)"));
}

TEST_F(DataCheckTest, ALargeFileIsCountedOnRequestOnly) {
  const fs::path path = put("Train_GCC-training.tsv", "a dog\thttp://host.example/a.jpg\n");
  fs::resize_file(path, kReadAtOnce + 1);
  const DataCheck checked = check();
  const CheckedFile& train = file(checked, "conceptual_captions", "Train_GCC-training.tsv");
  EXPECT_EQ(train.state, FileState::kThere);
  EXPECT_EQ(train.detail, "67.1 MB, not counted; --deep does");
}

TEST_F(DataCheckTest, TheEndOfALargeFileTellsThatItIsCut) {
  fs::resize_file(put("captions_train2014.json", "{\"annotations\": [{"), kReadAtOnce + 1);
  fs::resize_file(put("openwebtext.tar.xz", std::string("\xFD"
                                                        "7zXZ\0",
                                                        6)),
                  kReadAtOnce + 1);
  const DataCheck checked = check();
  EXPECT_THAT(file(checked, "coco", "captions_train2014.json").detail, HasSubstr("last bracket"));
  EXPECT_THAT(file(checked, "openwebtext", "openwebtext.tar*").detail,
              HasSubstr("does not end as xz files do"));
}

TEST_F(DataCheckTest, TheColumnsOfALargeFileAreLookedAt) {
  fs::resize_file(put("mnli/train.tsv", "0\ta\tb\n"), kReadAtOnce + 1);
  EXPECT_EQ(file(check(), "mnli", "train.tsv").state, FileState::kWrong);
}

TEST_F(DataCheckTest, FollowsLinks) {
  const fs::path elsewhere = folder_.path() / "disk";
  fs::create_directories(elsewhere / "images" / "val2017");
  ASSERT_TRUE(write_file(elsewhere / "images" / "val2017" / "000000000009.jpg", ""));
  ASSERT_TRUE(write_file(elsewhere / "lists", lines(1000, "a.jpg")));
  fs::create_directories(root() / "flickr8k");
  fs::create_symlink(elsewhere / "lists", root() / "flickr8k" / "Flickr_8k.devImages.txt");
  fs::create_directory_symlink(elsewhere / "images", root() / "coco");
  const DataCheck checked = check();
  EXPECT_EQ(file(checked, "flickr8k", "Flickr_8k.devImages.txt").state, FileState::kWhole);
  EXPECT_EQ(file(checked, "coco", "val2017/*.jpg").path, "coco/val2017/");
}

TEST_F(DataCheckTest, ALoopOfLinksCountsOnce) {
  put("coco/val2017/a.jpg", "");
  fs::create_directory_symlink(root(), root() / "coco" / "again");
  fs::create_directory_symlink(root() / "coco" / "val2017", root() / "a");
  const DataCheck checked = check();
  const CheckedFile& val = file(checked, "coco", "val2017/*.jpg");
  EXPECT_EQ(val.detail, "1 of 5000 pictures: a part");
  EXPECT_EQ(val.path, "coco/val2017/");
}

TEST_F(DataCheckTest, ALinkToNothingIsWrong) {
  fs::create_symlink(root() / "gone", root() / "coqa-dev-v1.0.json");
  const DataCheck checked = check();
  EXPECT_EQ(file(checked, "coqa", "coqa-dev-v1.0.json").state, FileState::kWrong);
  EXPECT_EQ(file(checked, "coqa", "coqa-dev-v1.0.json").detail, "is a link to nothing");
}

TEST_F(DataCheckTest, NamesThatManyHaveCountInTheirOwnFolderOnly) {
  put("glue/SST-2/test.tsv", "index\tsentence\n" + lines(1821, "0\ta film"));
  const DataCheck checked = check();
  EXPECT_EQ(file(checked, "sst2", "test.tsv").state, FileState::kWhole);
  EXPECT_FALSE(dataset(checked, "stsb").is_here());
  EXPECT_FALSE(dataset(checked, "cola").is_here());
}

TEST_F(DataCheckTest, TheFolderItselfMayBeTheDataSets) {
  put("test.tsv", "index\tsentence\n" + lines(1821, "0\ta film"));
  EXPECT_FALSE(dataset(check(), "sst2").is_here());
  EXPECT_EQ(file(check({.datasets = {"sst2"}}), "sst2", "test.tsv").state, FileState::kWhole);
}

TEST_F(DataCheckTest, OneEditionIsEnough) {
  for (const char* name : {"train", "dev", "test"})
    put(fmt::format("stsb/sts-{}.csv", name), "a\tb\n");
  const DataCheck checked = check();
  EXPECT_EQ(file(checked, "stsb", "train.tsv").state, FileState::kAbsent);
  EXPECT_EQ(file(checked, "stsb", "sts-train.csv").state, FileState::kWrong);
}

TEST_F(DataCheckTest, WhatIsOptionalIsNotMissing) {
  put("cola/train.tsv", std::string(428'578, 'x'));
  put("cola/dev.tsv", lines(1043, "gj04\t1\t\tA sentence."));
  const DataCheck checked = check({.datasets = {"cola"}});
  EXPECT_TRUE(dataset(checked, "cola").complete());
  EXPECT_EQ(file(checked, "cola", "test.tsv").state, FileState::kAbsent);
  EXPECT_EQ(exit_code_of(checked), 0);
}

TEST_F(DataCheckTest, WhatIsMissingIsAFailureWhereItWasAskedFor) {
  EXPECT_EQ(exit_code_of(check()), 0);
  EXPECT_EQ(exit_code_of(check({.datasets = {"coqa"}})), 4);
}

TEST_F(DataCheckTest, WhatIsWrongIsAFailureAlways) {
  put("coqa-dev-v1.0.json", "");
  EXPECT_EQ(exit_code_of(check()), 4);
  EXPECT_EQ(exit_code_of(check({.datasets = {"sst2", "sbu"}})), 4);  // missing
}

TEST_F(DataCheckTest, AFolderThatCannotBeReadIsTold) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  put("coco/val2017/a.jpg", "");
  fs::permissions(root() / "coco", fs::perms::none);
  const DataCheck checked = check();
  fs::permissions(root() / "coco", fs::perms::owner_all);
  ASSERT_EQ(checked.unread.size(), 1U);
  EXPECT_THAT(checked.unread[0], StartsWith("coco: "));
  EXPECT_EQ(exit_code_of(checked), 7);
}

TEST_F(DataCheckTest, AnUnknownDataSetIsAMistake) {
  const auto typo = check_data(root(), {.datasets = {"cocoa"}});
  ASSERT_FALSE(typo);
  EXPECT_THAT(typo.error().message, HasSubstr("no data set \"cocoa\", did you mean coco?"));
  const auto strange = check_data(root(), {.datasets = {"imagenet"}});
  ASSERT_FALSE(strange);
  EXPECT_THAT(strange.error().message, HasSubstr("there are bookwiki, openwebtext, coco"));
}

TEST_F(DataCheckTest, OtherNamesOfDataSetsAreUnderstood) {
  EXPECT_EQ(check({.datasets = {"cc"}}).datasets[0].official->name, "conceptual_captions");
  EXPECT_EQ(check({.datasets = {"ingest.flickr"}}).datasets[0].official->name, "flickr8k");
}

TEST_F(DataCheckTest, ARootThatIsNoFolderIsAMistake) {
  const auto absent = check_data(root() / "absent", {});
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::kNotFound);
  const auto no_folder = check_data(put("a.txt", "a"), {});
  ASSERT_FALSE(no_folder);
  EXPECT_THAT(no_folder.error().message, HasSubstr("a.txt: is no folder"));
}

TEST_F(DataCheckTest, TheTextTellsWhereToGetWhatIsNotThere) {
  put("coqa/coqa-dev-v1.0.json", R"({"data": [{}]})");
  const std::string text = to_text(check());
  EXPECT_THAT(text, StartsWith("coqa  (ingest.coqa)  https://stanfordnlp.github.io/coqa\n"));
  EXPECT_THAT(text, HasSubstr("wrong    1 of 500 conversations: a part"));
  EXPECT_THAT(text, HasSubstr("nothing is there of\n"));
  EXPECT_THAT(text, HasSubstr("  sst2  (ingest.sst2)  https://gluebenchmark.com (Tasks)\n"));
  EXPECT_THAT(text, HasSubstr("20 data sets: 0 as wanted, 1 in part, 19 not there; files: 0 whole, "
                              "0 there, 1 wrong, "));
}

TEST_F(DataCheckTest, JsonHasEveryFileWithItsState) {
  put("coqa/coqa-dev-v1.0.json", R"({"data": [{}]})");
  const Json document = to_json(check({.datasets = {"coqa"}}));
  EXPECT_EQ(document.at("files").at("wrong"), 1);
  EXPECT_EQ(document.at("files").at("missing"), 1);
  const Json& dev = document.at("datasets").at(0).at("files").at(1);
  EXPECT_EQ(dev.at("state"), "wrong");
  EXPECT_EQ(dev.at("path"), "coqa/coqa-dev-v1.0.json");
  EXPECT_EQ(dev.at("official"), 500);
}

int command(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "data-check");
  std::vector<char*> argv;
  for (auto& argument : arguments) argv.push_back(argument.data());
  return run_data_check(static_cast<int>(argv.size()), argv.data());
}

TEST_F(DataCheckTest, TheCommandTellsByItsExitCode) {
  EXPECT_EQ(command({root().string(), "--json"}), 0);
  EXPECT_EQ(command({root().string(), "coqa", "--deep"}), 4);
  EXPECT_EQ(command({root().string(), "cocoa"}), 2);
  EXPECT_EQ(command({(root() / "absent").string()}), 2);
  EXPECT_EQ(command({}), 2);
  EXPECT_EQ(command({root().string(), "--depp"}), 2);
  EXPECT_EQ(command({"--help"}), 0);
}

// What of the real samples is the whole publication, and what is a part of it.
TEST(DataCheck, KnowsWholeFilesFromSamples) {
  const fs::path data = UNIMO_SHARED_DATA;
  if (!fs::exists(data / "sst2")) GTEST_SKIP() << "no " << data;
  const DataCheck checked = *check_data(data, {.datasets = {}, .deep = true});
  const auto state = [&](std::string_view dataset, std::string_view name) {
    for (const CheckedDataset& one : checked.datasets)
      for (const CheckedFile& file : one.files)
        if (one.official->name == dataset && file.official->name == name)
          return std::string(to_string(file.state)) + ": " + file.detail;
    return std::string();
  };
  EXPECT_THAT(state("sst2", "train.tsv"), StartsWith("whole: 3806081 bytes, SHA-256 agrees"));
  EXPECT_THAT(state("stsb", "test.tsv"), StartsWith("whole"));
  EXPECT_THAT(state("cola", "out_of_domain_dev.tsv"), StartsWith("whole"));
  EXPECT_THAT(state("squad_qg", "src-test.txt"), StartsWith("whole"));
  EXPECT_THAT(state("snli_ve", "flickr30k_train_val.lst"), StartsWith("whole"));
  EXPECT_THAT(state("vqa", "trainval_label2ans.json"), StartsWith("whole"));
  EXPECT_EQ(state("gigaword", "test.src.txt"), "whole: 1951 sentences");
  EXPECT_EQ(state("conceptual_captions", "Validation_GCC-1.1.0-Validation.tsv"),
            "wrong: 12667 of 15840 captions: a part");
  EXPECT_EQ(state("coco", "captions_train2017.json"), "wrong: 300 of 591753 captions: a part");
  EXPECT_EQ(state("mnli", "dev_matched.tsv"), "wrong: 2 of 9815 examples: a part");
}

}  // namespace
}  // namespace unimo::stages
