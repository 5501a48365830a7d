// Against texts with their ids from four independent implementations; skipped where the files are
// absent.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "orchestrator/base/json.h"
#include "trainer/text/byte_bpe.h"
#include "trainer/text/utf8.h"

namespace unimo::trainer {
namespace {

namespace fs = std::filesystem;
const char* const kGolden = UNIMO_SHARED_DATA "/golden/tokenizer";

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

std::string text_of(const Json& line) {
  return line.contains("text") ? line["text"].get<std::string>()
                               : from_hex(line["bytes_hex"].get<std::string>());
}

std::vector<Json> read_cases(const std::string& name) {
  std::ifstream file(fs::path(kGolden) / name);
  std::vector<Json> cases;
  for (std::string line; std::getline(file, line);) cases.push_back(Json::parse(line));
  return cases;
}

class GoldenTokenizer : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!fs::exists(kGolden)) return;
    auto loaded = ByteBpe::load(UNIMO_SHARED_DATA "/bpe");
    ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
    bpe_ = std::move(*loaded);
  }
  static void TearDownTestSuite() { bpe_.reset(); }
  void SetUp() override {
    if (!bpe_) GTEST_SKIP() << "no " << kGolden;
  }
  static std::vector<TokenId> gpt2(const std::vector<TokenId>& ids) {
    std::vector<TokenId> mapped;
    for (const TokenId id : ids) mapped.push_back(bpe_->gpt2_id(id));
    return mapped;
  }
  static inline std::unique_ptr<ByteBpe> bpe_;
};

TEST_F(GoldenTokenizer, GivesTheIdsOfEveryCase) {
  const auto cases = read_cases("cases.jsonl");
  ASSERT_EQ(cases.size(), 1538U);
  WordCache cache;
  for (const Json& line : cases) {
    const std::string text = text_of(line);
    const auto ids = bpe_->encode(text);
    EXPECT_EQ(ids, line["roberta_ids"].get<std::vector<TokenId>>()) << line["id"];
    EXPECT_EQ(gpt2(ids), line["gpt2_ids"].get<std::vector<TokenId>>()) << line["id"];
    EXPECT_EQ(bpe_->decode(ids), line["decoded"].get<std::string>()) << line["id"];
    // Twice: what comes from the cache must be the same.
    for (int repetition = 0; repetition < 2; ++repetition) {
      std::vector<TokenId> cached;
      bpe_->encode(text, cache, cached);
      EXPECT_EQ(cached, ids) << line["id"];
    }
  }
}

TEST_F(GoldenTokenizer, GivesOneOfTheAnswersWhereUnicodeVersionsDiffer) {
  const auto cases = read_cases("disagreements.jsonl");
  ASSERT_EQ(cases.size(), 38U);
  for (const Json& line : cases) {
    std::set<std::vector<TokenId>> accepted;
    for (const Json& answer : line["answers"]) {
      accepted.insert(answer["roberta_ids"].get<std::vector<TokenId>>());
    }
    EXPECT_TRUE(accepted.contains(bpe_->encode(text_of(line)))) << line["id"];
  }
}

TEST_F(GoldenTokenizer, DecodesEveryCase) {
  const auto cases = read_cases("decode_cases.jsonl");
  ASSERT_EQ(cases.size(), 99U);
  for (const Json& line : cases) {
    EXPECT_EQ(bpe_->decode(line["roberta_ids"].get<std::vector<TokenId>>()),
              line["decoded"].get<std::string>())
        << line["id"];
  }
}

TEST_F(GoldenTokenizer, HasEveryPiece) {
  std::ifstream file(fs::path(kGolden) / "pieces.tsv");
  std::string line, gpt2_text, hex, kind;
  std::getline(file, line);
  int rows = 0;
  for (TokenId id = 0; file >> gpt2_text >> hex >> id >> kind; ++rows) {
    EXPECT_EQ(bpe_->piece(id), from_hex(hex));
    EXPECT_EQ(bpe_->gpt2_id(id), gpt2_text == "-" ? -1 : std::stoi(gpt2_text));
  }
  EXPECT_EQ(rows, 308);
}

TEST_F(GoldenTokenizer, EncodesEveryValidPieceToItself) {
  int valid = 0;
  for (TokenId id = kFirstPieceId; id < static_cast<TokenId>(bpe_->vocabulary_size()); ++id) {
    const std::string piece = bpe_->piece(id);
    if (bpe_->gpt2_id(id) < 0 || piece == "<|endoftext|>" || !is_valid_utf8(piece)) continue;
    ++valid;
    EXPECT_EQ(bpe_->encode(piece), std::vector<TokenId>{id}) << piece;
  }
  EXPECT_EQ(valid, 49912);
}

TEST_F(GoldenTokenizer, HasTheSizesOfThePublishedModels) {
  EXPECT_EQ(bpe_->vocabulary_size(), 50265U);
  EXPECT_EQ(bpe_->mask_id(), 50264);
  EXPECT_EQ(bpe_->encode("Hello world"), (std::vector<TokenId>{31414, 232}));
  EXPECT_TRUE(bpe_->is_word_start(232));
  EXPECT_FALSE(bpe_->is_word_start(31414));
  EXPECT_TRUE(bpe_->is_word_start(kSepId));
}

}  // namespace
}  // namespace unimo::trainer
