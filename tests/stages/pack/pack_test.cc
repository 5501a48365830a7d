// Images, captions, vocabularies; texts are in pack_texts_test.cc.
#include "tests/stages/pack/pack_fixture.h"

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(Pack, JoinsArtifactsInTheirOrder) {
  const PackReader pack = packed();
  ASSERT_EQ(pack.images(), 5U);
  EXPECT_EQ(pack.captions(), 10U);
  for (std::size_t i = 0; i < pack.images(); ++i) {
    const std::string id = std::vector<std::string>{"1", "2", "3", "10", "11"}[i];
    EXPECT_EQ(pack.image(i).id, id);
    EXPECT_EQ(pack.find_image(id), i);
    for (const std::uint32_t view : {0U, 1U}) {
      const auto regions = pack.regions(i, view);
      ASSERT_TRUE(regions.has_value()) << regions.error().message;
      EXPECT_EQ(regions->id(), id);
      EXPECT_FLOAT_EQ(regions->decode().features[0],
                      std::stof(id) + 0.5F * static_cast<float>(view));
    }
  }
}

TEST_F(Pack, ListsImagesAndCaptionsBySplit) {
  const PackReader pack = packed();
  EXPECT_THAT(pack.images_of_split("train"), ElementsAre(0, 1, 3));
  EXPECT_THAT(pack.images_of_split("val"), ElementsAre(2));
  EXPECT_THAT(pack.images_of_split("restval"), ElementsAre(4));
  EXPECT_THAT(pack.images_of_split("no such split"), ElementsAre());
  EXPECT_THAT(pack.captions_of_image(2), ElementsAre(4, 5));
  EXPECT_THAT(pack.captions_of_split("val"), ElementsAre(4, 5));
  EXPECT_EQ(pack.info().counts["captions"]["train"], 6);
}

TEST_F(Pack, KeepsCaptionsWithTheirIds) {
  const PackReader pack = packed();
  const auto caption = pack.caption(4);
  ASSERT_TRUE(caption.has_value());
  EXPECT_EQ(caption->id, "3#0");
  EXPECT_EQ(caption->text, "The number 3 dog runs on the grass with a ball");
  EXPECT_EQ(caption->image, 2U);
  EXPECT_EQ(caption->ids, pack.tokenizer().encode(caption->text));
  EXPECT_EQ(pack.caption_length(4), caption->ids.size());
  EXPECT_EQ(pack.image_of_caption(4), 2U);
}

TEST_F(Pack, GivesTrainingCaptionsNegativesOfOtherImages) {
  const PackReader pack = packed();
  for (std::size_t i = 0; i < pack.captions(); ++i) {
    const auto caption = *pack.caption(i);
    const bool in_val = pack.info().splits[caption.split] == "val";
    EXPECT_EQ(caption.negatives.empty(), in_val);
    for (const std::uint32_t negative : caption.negatives) {
      EXPECT_NE(pack.image_of_caption(negative), caption.image);
      EXPECT_NE(pack.info().splits[pack.caption(negative)->split], "val");
    }
  }
  // The same sentence about another image comes first.
  EXPECT_THAT(pack.caption(pack.caption(0)->negatives[0])->text, HasSubstr("runs on the grass"));
}

TEST_F(Pack, IsTheSameEveryTime) {
  add_texts("books", {"One text of many words.", "Another."});
  ASSERT_TRUE(pack("first"));
  ASSERT_TRUE(pack("second"));
  EXPECT_EQ(tree_digest(*hash_tree(folder_.path() / "first")),
            tree_digest(*hash_tree(folder_.path() / "second")));
}

TEST_F(Pack, CutsLongCaptionsButKeepsTheirText) {
  params_.max_caption_tokens = 3;
  const PackReader pack = packed();
  EXPECT_EQ(pack.caption(0)->ids.size(), 3U);
  EXPECT_EQ(pack.caption(0)->text, "The number 1 dog runs on the grass with a ball");
  EXPECT_THAT(*read_file(folder_.path() / "events.jsonl"), HasSubstr(R"("captions.cut")"));
}

TEST_F(Pack, SplitsLongTextsIntoEvenParts) {
  add_texts("books",
            {"one dog two dogs three dogs four dogs five dogs six dogs seven dogs", "a dog"});
  params_.max_text_tokens = 10;
  const PackReader pack = packed();
  const auto train = pack.texts_of_split("train");
  ASSERT_GT(train.size(), 1U);
  std::vector<trainer::TokenId> joined;
  for (const std::uint32_t i : train) {
    const auto ids = pack.text(i)->ids;
    EXPECT_LE(ids.size(), 10U);
    EXPECT_GE(ids.size(), 5U);
    EXPECT_EQ(pack.text_length(i), ids.size());
    joined.insert(joined.end(), ids.begin(), ids.end());
  }
  EXPECT_EQ(pack.tokenizer().decode(joined),
            "one dog two dogs three dogs four dogs five dogs six dogs seven dogs");
  EXPECT_EQ(pack.texts_of_split("val").size(), 1U);
}

TEST_F(Pack, WorksWithTextsAlone) {
  inputs_.clear();
  add_texts("books", {"Many words make a text, and a text makes a vocabulary of many words."});
  const PackReader pack = packed();
  EXPECT_EQ(pack.images(), 0U);
  EXPECT_EQ(pack.info().views, 0U);
  EXPECT_EQ(pack.texts(), 1U);
}

TEST_F(Pack, LeavesExcludedImagesOut) {
  params_.exclude = {"2"};
  ASSERT_TRUE(write_file_atomic(folder_.path() / "ids.txt", "11\n\n  10 \n"));
  inputs_["exclude"].push_back({.path = folder_.path() / "ids.txt"});
  const PackReader pack = packed();
  EXPECT_EQ(pack.images(), 2U);
  EXPECT_EQ(pack.captions(), 4U);
  EXPECT_EQ(pack.find_image("2"), std::nullopt);
}

TEST_F(Pack, RefusesTooManyImagesWithoutRegions) {
  inputs_["regions"].pop_back();
  EXPECT_THAT(pack_error(), HasSubstr("no_regions"));
}

TEST_F(Pack, QuarantinesAFewImagesWithoutRegions) {
  inputs_["regions"].pop_back();
  params_.max_bad_share = 0.5;
  const PackReader pack = packed();
  EXPECT_EQ(pack.images(), 3U);
  EXPECT_EQ(pack.captions(), 6U);
  const std::string quarantine = *read_file(folder_.path() / "pack/quarantine.jsonl");
  EXPECT_THAT(quarantine, HasSubstr(R"("reason":"no_regions")"));
  EXPECT_THAT(quarantine, HasSubstr(R"("reason":"image_without_regions")"));
  EXPECT_THAT(*read_file(folder_.path() / "events.jsonl"), HasSubstr("quarantine.no_regions"));
}

TEST_F(Pack, RefusesTwoImagesOfOneName) {
  add_pairs("again", {"1"}, "train");
  EXPECT_THAT(pack_error(), HasSubstr("image 1 is in flickr and in again"));
}

TEST_F(Pack, RefusesRegionsThatDoNotAgree) {
  add_regions("shard2", {"12"}, 3);
  EXPECT_THAT(pack_error(), HasSubstr("one pack needs one kind of regions"));
}

TEST_F(Pack, RefusesTheSameImageInTwoShards) {
  add_regions("shard2", {"11"});
  EXPECT_THAT(pack_error(), HasSubstr("image 11 has regions in"));
}

TEST_F(Pack, SaysWhichInputIsMissing) {
  inputs_.erase("regions");
  EXPECT_THAT(pack_error(), HasSubstr("regions is missing"));
  inputs_.clear();
  EXPECT_THAT(pack_error(), HasSubstr("neither an input pairs nor an input texts"));
}

TEST_F(Pack, RefusesAnUnknownSplit) {
  params_.train_splits = {"trian"};
  EXPECT_THAT(pack_error(), HasSubstr("unknown split \"trian\""));
}

TEST_F(Pack, AsksForTheBytePairs) {
  params_.tokenizer.kind = "bpe";
  EXPECT_THAT(pack_error(), HasSubstr("name the folder of encoder.json"));
}

TEST_F(Pack, SpeaksThePublishedBytePairs) {
  if (!fs::exists(UNIMO_SHARED_DATA "/bpe")) GTEST_SKIP() << "no " UNIMO_SHARED_DATA "/bpe";
  params_.tokenizer.kind = "bpe";
  inputs_["bpe"].push_back({.path = UNIMO_SHARED_DATA "/bpe"});
  const PackReader pack = packed();
  EXPECT_EQ(pack.tokenizer().vocabulary_size(), 50265U);
  EXPECT_THAT(pack.caption(0)->ids, testing::SizeIs(11));
  EXPECT_EQ(pack.info().tokenizer["unicode"], "15.0.0");
}

TEST_F(Pack, ReaderNamesTheDamagedShard) {
  ASSERT_TRUE(pack());
  const fs::path path = folder_.path() / "pack/captions.shard";
  std::string bytes = *read_file(path);
  bytes[130] = static_cast<char>(bytes[130] ^ 1);
  ASSERT_TRUE(write_file_atomic(path, bytes));
  const auto reader = PackReader::open(folder_.path() / "pack");
  ASSERT_FALSE(reader.has_value());
  EXPECT_EQ(reader.error().code, ErrorCode::kIntegrity);
  EXPECT_THAT(reader.error().message, HasSubstr("captions.shard: record 0"));
}

TEST_F(Pack, ReaderRefusesAMissingPart) {
  ASSERT_TRUE(pack());
  ASSERT_TRUE(remove_tree(folder_.path() / "pack/texts.shard"));
  const auto reader = PackReader::open(folder_.path() / "pack");
  ASSERT_FALSE(reader.has_value());
  EXPECT_THAT(reader.error().message, HasSubstr("texts.shard"));
}

TEST_F(Pack, ReaderRefusesShardsThatDoNotBelongTogether) {
  ASSERT_TRUE(pack());
  inputs_["pairs"].pop_back();
  ASSERT_TRUE(pack("smaller"));
  fs::copy_file(folder_.path() / "smaller/images.shard", folder_.path() / "pack/images.shard",
                fs::copy_options::overwrite_existing);
  const auto reader = PackReader::open(folder_.path() / "pack");
  ASSERT_FALSE(reader.has_value());
  EXPECT_THAT(reader.error().message, HasSubstr("10 records where 3 images in 2 views need 6"));
}

}  // namespace
}  // namespace unimo::stages
