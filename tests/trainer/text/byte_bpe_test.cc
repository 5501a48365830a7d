#include "trainer/text/byte_bpe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/base/file.h"
#include "trainer/data/random.h"
#include "trainer/text/pair_merger.h"
#include "trainer/text/utf8.h"

namespace unimo::trainer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// All bytes, then "ab", "abc", " a" (written Ġa).
class TinyBpe : public testing::Test {
 protected:
  void SetUp() override {
    Json pieces = Json::object();
    std::uint32_t next = 0x100;
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      const bool visible =
          (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
      std::string written;
      append_utf8(visible ? byte : next++, written);
      pieces[written] = byte;
    }
    pieces["ab"] = 256;
    pieces["abc"] = 257;
    pieces["\u0120a"] = 258;
    encoder_ = pieces.dump();
    merges_ = "#version: 0.2\na b\nab c\n\u0120 a\n";
    numbers_ = "[CLS]\n[PAD]\n[SEP]\n[UNK]\n";
    for (int i = 0; i < 259; ++i) numbers_ += std::to_string(258 - i) + "\n";
    numbers_ += "[MASK]\n";
  }

  Result<std::unique_ptr<ByteBpe>> load() {
    const auto& folder = folder_.path();
    EXPECT_TRUE(write_file_atomic(folder / "encoder.json", encoder_).has_value());
    EXPECT_TRUE(write_file_atomic(folder / "vocab.bpe", merges_).has_value());
    EXPECT_TRUE(write_file_atomic(folder / "vocab.txt", numbers_).has_value());
    return ByteBpe::load(folder);
  }
  std::string load_error() {
    const auto loaded = load();
    return loaded ? "" : loaded.error().message;
  }

  TempDir folder_ = *TempDir::make("bpe");
  std::string encoder_, merges_, numbers_;
};

TEST_F(TinyBpe, MergesByRank) {
  const auto bpe = load();
  ASSERT_TRUE(bpe.has_value()) << bpe.error().message;
  // Id = 4 + 258 - GPT-2 id. " ab": "ab" has the lower rank, so the blank stays alone.
  EXPECT_THAT((*bpe)->encode("abcab"), ElementsAre(5, 6));
  EXPECT_THAT((*bpe)->encode(" ab"), ElementsAre(262 - ' ', 6));
  EXPECT_THAT((*bpe)->encode("x a"), ElementsAre(262 - 'x', 4));
}

TEST_F(TinyBpe, DecodesWithoutSpecialOrForeignIds) {
  const auto bpe = load();
  EXPECT_EQ((*bpe)->decode(std::vector<TokenId>{kClsId, 5, -7, 99999, 4, kSepId, 263}), "abc a");
}

TEST_F(TinyBpe, SavesAndLoadsWithTheSameDigest) {
  const auto bpe = load();
  const auto copy = folder_.path() / "copy";
  ASSERT_TRUE((*bpe)->save(copy).has_value());
  const auto again = load_tokenizer(copy);
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ((*again)->kind(), "bpe");
  EXPECT_EQ((*again)->digest(), (*bpe)->digest());
  EXPECT_EQ((*again)->encode("abcab"), (*bpe)->encode("abcab"));
}

TEST_F(TinyBpe, LoadsFromTheThreeFilesAlone) {
  ASSERT_TRUE(load().has_value());
  EXPECT_TRUE(load_tokenizer(folder_.path()).has_value());
}

TEST_F(TinyBpe, NoticesChangedFiles) {
  const auto bpe = load();
  const auto copy = folder_.path() / "copy";
  ASSERT_TRUE((*bpe)->save(copy).has_value());
  ASSERT_TRUE(write_file_atomic(copy / "vocab.bpe", "#version: 0.2\na b\n").has_value());
  const auto again = load_tokenizer(copy);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, ErrorCode::kIntegrity);
}

TEST_F(TinyBpe, SaysWhereAMergeIsWrong) {
  merges_ = "#version: 0.2\na b\nabc\n";
  EXPECT_THAT(load_error(), HasSubstr("vocab.bpe:3: \"abc\" is not two pieces"));
  merges_ = "#version: 0.2\na b\na c\n";
  EXPECT_THAT(load_error(), HasSubstr("vocab.bpe:3: merge \"a c\" has a part or a result"));
  merges_ = "a b\na b\n";
  EXPECT_THAT(load_error(),
              HasSubstr("vocab.bpe:2: merge \"a b\" stands here for the second time"));
}

TEST_F(TinyBpe, SaysWhereANumberIsWrong) {
  const std::string good = numbers_;
  numbers_ = good.substr(6);
  EXPECT_THAT(load_error(), HasSubstr("vocab.txt:1: \"[PAD]\" where [CLS] must stand"));
  numbers_ = good + "300\n";
  EXPECT_THAT(load_error(), HasSubstr("vocab.txt:265: 300 is not a number of encoder.json"));
  numbers_ = good + "258\n";
  EXPECT_THAT(load_error(), HasSubstr("vocab.txt:265: 258 stands already on line 5"));
  numbers_ = good.substr(0, good.size() - 7);
  EXPECT_THAT(load_error(), HasSubstr("no line [MASK]"));
  numbers_ = "[CLS]\n[PAD]\n[SEP]\n[UNK]\n1\n[MASK]\n";
  EXPECT_THAT(load_error(), HasSubstr("GPT-2 id 0 has no line"));
}

TEST_F(TinyBpe, SaysWhichPieceIsWrong) {
  const std::string good = encoder_;
  encoder_ = R"({"a": 0, "b": 0})";
  EXPECT_THAT(load_error(), HasSubstr("encoder.json: piece \"b\" has number 0"));
  encoder_ = R"({"a": 0, "b": 1})";
  EXPECT_THAT(load_error(), HasSubstr("2 pieces of one byte, wanted all 256"));
  encoder_ = R"({"a b": 0})";
  EXPECT_THAT(load_error(), HasSubstr("piece \"a b\" is not written in GPT-2's byte characters"));
  encoder_ = "[]";
  EXPECT_THAT(load_error(), HasSubstr("encoder.json: not an object"));
  encoder_ = good.substr(0, 100);
  EXPECT_THAT(load_error(), HasSubstr("encoder.json"));
}

TEST(LoadTokenizer, SaysWhatIsMissing) {
  const TempDir folder = *TempDir::make("bpe");
  const auto loaded = load_tokenizer(folder.path());
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(loaded.error().message, HasSubstr("neither tokenizer.json nor vocab.bpe"));
}

TEST(PairMerger, GivesTheSameInLineAsByHeap) {
  // Random merges over four letters; a merge may build on those before it, as in a trained
  // vocabulary.
  Random random({.seed = 5});
  PairTable pairs(60);
  std::uint32_t next = 4, rank = 0;
  while (next < 40) {
    const auto left = static_cast<std::uint32_t>(random.below(next));
    const auto right = static_cast<std::uint32_t>(random.below(next));
    if (pairs.add(left, right, {rank++, next})) ++next;
  }
  for (int trial = 0; trial < 2000; ++trial) {
    std::vector<std::uint32_t> word(random.below(90));
    for (auto& piece : word) piece = static_cast<std::uint32_t>(random.below(4));
    auto by_heap = word, either = word;
    by_heap.resize(merge_pairs_by_heap(pairs, by_heap));
    either.resize(merge_pairs(pairs, either));
    ASSERT_EQ(either, by_heap);
    if (word.size() > kLongestInLine) continue;
    word.resize(merge_pairs_in_line(pairs, word));
    ASSERT_EQ(word, by_heap);
  }
}

TEST(ShortWord, TellsWordsOfEveryLengthApart) {
  Random random({.seed = 5});
  for (int trial = 0; trial < 20000; ++trial) {
    std::string a(random.below(16) + 1, 'a');
    for (auto& c : a) c = static_cast<char>('a' + random.below(2));
    std::string b = a;
    auto& changed = b[random.below(b.size())];
    changed = static_cast<char>(changed ^ 1);
    EXPECT_NE(ShortWord::of(a), ShortWord::of(b)) << a << " " << b;
    EXPECT_NE(ShortWord::of(a), ShortWord::of(a.substr(0, a.size() - 1) + std::string(1, '\0')));
    // With or without bytes behind the word.
    const std::string longer = a + "behind the word";
    EXPECT_EQ(ShortWord::of(std::string_view(longer).substr(0, a.size()), longer.size()),
              ShortWord::of(a));
  }
}

TEST(WordCache, KeepsTheLastWordsOfItsTwoPlaces) {
  WordCache cache(1);  // two places
  const std::vector<TokenId> one = {1}, two = {2, 3}, three = {4, 5, 6};
  const auto add = [&](const char* word, const std::vector<TokenId>& ids) {
    cache.add(ShortWord::of(word), cache.place_of(ShortWord::of(word)), ids);
  };
  const auto find = [&](const char* word) {
    return cache.find(ShortWord::of(word), cache.place_of(ShortWord::of(word)));
  };
  add("one", one);
  add("two", two);
  ASSERT_NE(find("two"), nullptr);
  add("three", three);
  ASSERT_NE(find("three"), nullptr);
  EXPECT_EQ(find("three")->count, 3);
  EXPECT_EQ(find("four"), nullptr);
}

TEST(WordCache, LeavesOutWordsOfManyOrLargeIds) {
  WordCache cache(4);
  const ShortWord word = ShortWord::of("word");
  cache.add(word, cache.place_of(word), std::vector<TokenId>(WordCache::kMostIds + 1, 1));
  EXPECT_EQ(cache.find(word, cache.place_of(word)), nullptr);
  cache.add(word, cache.place_of(word), std::vector<TokenId>{65536});
  EXPECT_EQ(cache.find(word, cache.place_of(word)), nullptr);
  cache.add(word, cache.place_of(word), std::vector<TokenId>{65535});
  EXPECT_EQ(cache.find(word, cache.place_of(word))->ids[0], 65535);
}

}  // namespace
}  // namespace unimo::trainer
