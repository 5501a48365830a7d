#include "stages/pack/text_cutter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/base/file.h"
#include "tests/stages/pack/number_tokenizer.h"
#include "trainer/text/word_cache.h"

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using trainer::TokenId;

class TextCut : public testing::Test {
 protected:
  // The sentences of the document "page".
  CutText cut(const std::vector<std::string>& sentences, std::size_t most) {
    return TextCutter(tokenizer_, words_, most)
        .cut_document(document_of("page", sentences), excluded_);
  }
  void exclude(const std::string& lines) {
    const TempDir folder = *TempDir::make("cutter");
    ASSERT_TRUE(write_file(folder.path() / "exclude.txt", lines));
    const std::vector<InputItem> files{{.path = folder.path() / "exclude.txt"}};
    excluded_ = ExcludedTexts::read(files).value();
  }
  static std::vector<std::size_t> lengths(const CutText& cut) {
    std::vector<std::size_t> all;
    for (const auto& record : cut.records) all.push_back(record.size());
    return all;
  }

  NumberTokenizer tokenizer_;
  trainer::WordCache words_;
  ExcludedTexts excluded_;
};

TEST_F(TextCut, SentencesFillARecordToExactlyTheMaximum) {
  const CutText full = cut({"1 2 3", "4 5 6", "7 8 9"}, 6);
  EXPECT_THAT(full.records, ElementsAre(ElementsAre(1, 1002, 1003, 1004, 1005, 1006),
                                        ElementsAre(7, 1008, 1009)));
  EXPECT_EQ(full.sentences, 3);
  EXPECT_EQ(full.split, 0);
}

TEST_F(TextCut, ASentenceThatIsOneTokenTooLongBeginsTheNextRecord) {
  EXPECT_THAT(lengths(cut({"1 2 3", "4 5 6 7"}, 6)), ElementsAre(3, 4));
}

TEST_F(TextCut, ARecordHasTheIdsOfItsSentencesJoinedByBlanks) {
  const auto paragraphs = document_of("page", {"1 2", "3 4 5", "6"}, '\n');
  EXPECT_THAT(TextCutter(tokenizer_, words_, 510).cut_document(paragraphs, excluded_).records,
              ElementsAre(tokenizer_.encode("1 2 3 4 5 6")));
}

TEST_F(TextCut, ALongSentenceBecomesEvenPartsOfItsOwn) {
  const CutText parts = cut({"1 2", numbers(11, 20), "3"}, 4);
  EXPECT_THAT(parts.records, ElementsAre(ElementsAre(1, 1002), ElementsAre(11, 1012, 1013),
                                         ElementsAre(1014, 1015, 1016),
                                         ElementsAre(1017, 1018, 1019, 1020), ElementsAre(3)));
  EXPECT_EQ(parts.split, 1);
  EXPECT_EQ(parts.sentences, 3);
}

TEST_F(TextCut, TheTextAroundAnExcludedSentenceIsNotJoined) {
  exclude("page\t1\nother\t0\n");
  const CutText gap = cut({"1 2", "3 4", "5 6", "7"}, 510);
  EXPECT_THAT(gap.records, ElementsAre(ElementsAre(1, 1002), ElementsAre(5, 1006, 1007)));
  EXPECT_EQ(gap.excluded_sentences, 1);
  EXPECT_EQ(gap.sentences, 3);
}

TEST_F(TextCut, NothingIsLeftWhenAllSentencesAreExcluded) {
  exclude("page\t0\npage\t1\n");
  const CutText none = cut({"1 2", "3 4"}, 510);
  EXPECT_THAT(none.records, IsEmpty());
  EXPECT_EQ(none.excluded_sentences, 2);
}

TEST_F(TextCut, AShortRestTakesSentencesFromTheRecordBefore) {
  const CutText even = cut({"1 2 3", "4 5 6", "7 8 9", "10 11 12"}, 10);
  EXPECT_THAT(even.records,
              ElementsAre(tokenizer_.encode("1 2 3 4 5 6"), tokenizer_.encode("7 8 9 10 11 12")));
  EXPECT_EQ(even.sentences, 4);
}

TEST_F(TextCut, ARestOfHalfTheMaximumStays) {
  EXPECT_THAT(lengths(cut({"1 2 3", "4 5 6", "7 8 9", "10 11 12 13 14"}, 10)), ElementsAre(9, 5));
}

TEST_F(TextCut, AShortRestStaysWhereTheSentenceBeforeIsTooLongToMove) {
  EXPECT_THAT(lengths(cut({"1 2", numbers(11, 18), "3"}, 10)), ElementsAre(10, 1));
}

TEST_F(TextCut, ARestAfterAGapIsNotFilledFromBeyondIt) {
  exclude("page\t3\n");
  EXPECT_THAT(lengths(cut({"1 2 3", "4 5 6", "7 8 9", "10", "11"}, 9)), ElementsAre(9, 1));
}

TEST_F(TextCut, ADocumentDoesNotReachIntoTheNext) {
  TextCutter cutter(tokenizer_, words_, 510);
  EXPECT_THAT(cutter.cut_document(document_of("a", {"1 2"}), excluded_).records, SizeIs(1));
  EXPECT_THAT(cutter.cut_document(document_of("b", {"3"}), excluded_).records,
              ElementsAre(ElementsAre(3)));
}

TEST_F(TextCut, SentencesWithoutTokensArePassedOver) {
  const CutText some = cut({"--", "1 2", "--", "3"}, 510);
  EXPECT_THAT(some.records, ElementsAre(ElementsAre(1, 1002, 1003)));
  EXPECT_EQ(some.sentences, 2);
  EXPECT_THAT(cut({"--"}, 510).records, IsEmpty());
  EXPECT_THAT(cut(std::vector<std::string>{}, 510).records, IsEmpty());
}

TEST_F(TextCut, ATextIsOneRecordOrEvenParts) {
  TextCutter cutter(tokenizer_, words_, 5);
  const CutText whole = cutter.cut_text(numbers(1, 5));
  EXPECT_THAT(lengths(whole), ElementsAre(5));
  EXPECT_EQ(whole.split, 0);
  const CutText parts = cutter.cut_text(numbers(1, 11));
  EXPECT_THAT(parts.records,
              ElementsAre(ElementsAre(1, 1002, 1003), ElementsAre(1004, 1005, 1006, 1007),
                          ElementsAre(1008, 1009, 1010, 1011)));
  EXPECT_EQ(parts.split, 1);
}

}  // namespace
}  // namespace unimo::stages
