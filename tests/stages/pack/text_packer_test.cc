#include "stages/pack/text_packer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/base/file.h"
#include "tests/stages/pack/number_tokenizer.h"
#include "trainer/data/pack.h"

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::Pair;

class TextPacking : public testing::Test {
 protected:
  // What `add` gives the packer, as the bytes of the shard.
  template <class Add>
  std::string shard(int threads, Add add) {
    const auto path = folder_.path() / fmt::format("{}.shard", threads);
    auto writer = trainer::ShardWriter::create(path, {{"schema", "texts"}}).value();
    quarantine_ = {};
    TextPacker packer(tokenizer_, excluded_, {.most = 50, .threads = threads}, writer, quarantine_);
    add(packer);
    EXPECT_TRUE(packer.finish());
    EXPECT_TRUE(writer.finish());
    packed_ = packer.packed();
    return read_file(path).value();
  }
  static SourceText text(const std::string& id, const std::string& text) {
    return {.record = {.id = id, .text = text, .split = "train"}, .place = "texts.jsonl:1"};
  }
  static SourceText document(const DocumentRecord& record) {
    return {.record = record, .is_document = true, .place = "web"};
  }

  TempDir folder_ = *TempDir::make("packer");
  NumberTokenizer tokenizer_;
  ExcludedTexts excluded_;
  Quarantine quarantine_;
  PackedTexts packed_;
};

TEST_F(TextPacking, HasTheSameBytesWithAnyNumberOfThreads) {
  // Documents of very different length, more than four batches a thread of them.
  const auto add = [](TextPacker& packer) {
    for (int i = 0; i < 200; ++i) {
      const std::vector<std::string> sentences(i % 7 == 0 ? 1500 : 10, numbers(i, i + i % 60));
      ASSERT_TRUE(packer.add(document(document_of(std::to_string(i), sentences))));
      ASSERT_TRUE(packer.add(text(fmt::format("t{}", i), numbers(i, i + i % 120))));
    }
  };
  const std::string one = shard(1, add);
  EXPECT_EQ(packed_.documents["train"], 200);
  EXPECT_GT(packed_.texts_split, 0);
  EXPECT_GT(packed_.sentences_split, 0);
  EXPECT_GT(one.size(), std::size_t{3} << 20);
  EXPECT_TRUE(one == shard(2, add));
  EXPECT_TRUE(one == shard(5, add));
}

TEST_F(TextPacking, KeepsTheOrderOfAdding) {
  shard(3, [](TextPacker& packer) {
    for (int i = 0; i < 900; ++i) ASSERT_TRUE(packer.add(text("t", numbers(i, i))));
  });
  const auto reader = trainer::ShardReader::open(folder_.path() / "3.shard", "texts").value();
  ASSERT_EQ(reader.count(), 900U);
  for (std::uint32_t i = 0; i < 900; ++i) {
    const auto wanted =
        trainer::encode_record(trainer::PackedText{.ids = {static_cast<trainer::TokenId>(i)}});
    const auto record = reader.record(i).value();
    EXPECT_TRUE(std::ranges::equal(record, wanted)) << i;
  }
}

TEST_F(TextPacking, QuarantinesWhatHasNoTokensAndDocumentsWithoutSentences) {
  shard(1, [](TextPacker& packer) {
    ASSERT_TRUE(packer.add(text("t", "--")));
    ASSERT_TRUE(packer.add(document(document_of("d", {"--", "--"}))));
    DocumentRecord whole = document_of("w", {"1 2"});
    whole.sentences.clear();
    ASSERT_TRUE(packer.add(document(whole)));
    ASSERT_TRUE(packer.add(document(document_of("good", {"1 2"}))));
  });
  EXPECT_THAT(quarantine_.counts(), ElementsAre(Pair("no_sentences", 1), Pair("no_tokens", 2)));
  EXPECT_EQ(quarantine_.seen(Item::kText), 4);
  const auto path = folder_.path() / "quarantine.jsonl";
  ASSERT_TRUE(quarantine_.write(path));
  const auto lines = read_lines(path).value();
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(parse_json(lines[0], "line 1")->at("detail"), "--");
  const Json last = parse_json(lines[2], "line 3").value();
  EXPECT_EQ(last.at("detail"), "title of w");
  EXPECT_EQ(last.at("source"), "web");
  EXPECT_EQ(packed_.documents["train"], 1);
}

}  // namespace
}  // namespace unimo::stages
