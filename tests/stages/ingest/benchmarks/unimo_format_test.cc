#include "stages/ingest/benchmarks/unimo_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/ingest/base64.h"
#include "tests/stages/ingest/benchmarks/tiny_bpe.h"
#include "trainer/text/byte_bpe.h"

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Cells : public testing::Test {
 protected:
  void SetUp() override {
    write_tiny_bpe(bench_, "bpe");
    auto bpe = trainer::ByteBpe::load(bench_.path("bpe"));
    ASSERT_TRUE(bpe) << bpe.error().message;
    bpe_ = std::move(*bpe);
  }
  StageBench bench_;
  std::unique_ptr<trainer::ByteBpe> bpe_;
};

TEST_F(Cells, HoldGpt2NumbersInDecimal) {
  UnimoCell cells(*bpe_);
  EXPECT_EQ(cells.encode("b an a"), "98 257 256");
  EXPECT_EQ(cells.encode(""), "");
}

TEST_F(Cells, PutTheLiteralSeparatorBetweenPieces) {
  UnimoCell cells(*bpe_);
  const std::vector<std::string> pieces = {"b", "", "c"};
  EXPECT_EQ(cells.encode(pieces), "98 [SEP] [SEP] 99");
  const auto decoded = cells.decode("98 [SEP] [SEP] 99");
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_THAT(*decoded, ElementsAre("b", "", "c"));
}

TEST_F(Cells, GiveTheTextBackWithItsLineFeedsAndSeparatorsInIt) {
  UnimoCell cells(*bpe_);
  for (const std::string text : {"A [SEP] b\n\nc\td ; \xC3\xA9\xF0\x9F\x98\x80  end ", " an a"}) {
    const auto decoded = cells.decode(cells.encode(text));
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_THAT(*decoded, ElementsAre(text));
  }
}

TEST_F(Cells, NameTheTokenThatIsNoNumberOfGpt2) {
  UnimoCell cells(*bpe_);
  for (const std::string cell : {"98 plain", "98 258", "-1", "1.5", "99999999999999999999"}) {
    const auto decoded = cells.decode(cell);
    ASSERT_FALSE(decoded) << cell;
    EXPECT_THAT(decoded.error().message, HasSubstr(cell.substr(cell.rfind(' ') + 1)));
  }
}

TEST(Base64, EncodesAndDecodesTheExamplesOfItsStandard) {
  // RFC 4648, section 10.
  const std::vector<std::pair<std::string, std::string>> cases = {{"", ""},
                                                                  {"f", "Zg=="},
                                                                  {"fo", "Zm8="},
                                                                  {"foo", "Zm9v"},
                                                                  {"foob", "Zm9vYg=="},
                                                                  {"fooba", "Zm9vYmE="},
                                                                  {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text).value(), bytes);
  }
  EXPECT_EQ(from_base64(to_base64(std::string("\0\xFF\x80\n", 4))).value(),
            std::string("\0\xFF\x80\n", 4));
}

TEST(Base64, RefusesWhatIsNone) {
  for (const char* text : {"Zg", "Zg=", "====", "Z===", "Zg==Zg==", "Zm 9", "Zm8-", "Zh=="})
    EXPECT_FALSE(from_base64(text)) << text;
}

UnimoTokens tokens() { return {{0, 51, 2}, {0, 0, 0}, {2, 3, 4}}; }

TEST(UnimoRecords, CaptionsComeBackAsTheyWere) {
  UnimoCaption record;
  record.image_id = "coco_img_573195";
  record.caption_id = "12";
  record.tokens = tokens();
  record.segment_labels = {-1, 0, -1};
  record.span_begins = {1};
  record.span_ends = {2};
  record.height = 480;
  record.width = 640;
  record.boxes = 2;
  record.box_values = {0, 0.5F, 1, 2, 3, 4, 5, 1e-9F};
  record.class_probabilities = {0.25F, 0.75F};
  record.attribute_probabilities = {1, 0};
  record.features = {1, 2, 3, 4, 5, 6};
  record.label = "1";
  const std::string line = format_unimo(record);
  EXPECT_EQ(std::count(line.begin(), line.end(), ';'), 15);
  EXPECT_THAT(line, HasSubstr("coco_img_573195;12;0 51 2;0 0 0;2 3 4;-1 0 -1;1;2;480;640;2;"));
  const auto again = parse_unimo_caption(line, "caption:1");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->box_values, record.box_values);
  EXPECT_EQ(again->features, record.features);
  EXPECT_EQ(again->height, 480);
  EXPECT_EQ(again->segment_labels, record.segment_labels);
  EXPECT_EQ(format_unimo(*again), line);
}

TEST(UnimoRecords, TestLinesOfCaptionsHaveNoTokens) {
  const auto record = parse_unimo_caption("img;1;;;;;;;4;5;0;;;;;0", "t");
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_TRUE(record->tokens.ids.empty());
}

TEST(UnimoRecords, TagsComeBackAsTheyWere) {
  const auto record = parse_unimo_tags("img;0 7 2;0 0 0;2 3 4", "tags:1");
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_THAT(record->tokens.ids, ElementsAre(0, 7, 2));
  EXPECT_EQ(format_unimo(*record), "img;0 7 2;0 0 0;2 3 4");
}

TEST(UnimoRecords, EntailmentHasWidthBeforeHeight) {
  const std::string line = "img;d1;2;0 7 2;0 0 0;2 3 4;x;640;480;1;" +
                           to_base64(std::string(16, '\0')) + ";" +
                           to_base64(std::string(8, '\0')) + ";y;z";
  const auto record = parse_unimo_entailment(line, "ve:1");
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->width, 640);
  EXPECT_EQ(record->height, 480);
  EXPECT_EQ(record->label, 2);
  EXPECT_EQ(record->box_values.size(), 4U);
  EXPECT_EQ(format_unimo(*record), line);
}

TEST(UnimoRecords, RetrievalLinesEndWithTheirNumbers) {
  const auto record = parse_unimo_retrieval("0 7 2;0 0 0;2 3 4;17;85", "r:1");
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->image, 17);
  EXPECT_EQ(record->caption, 85);
  EXPECT_EQ(format_unimo(*record), "0 7 2;0 0 0;2 3 4;17;85");
}

TEST(UnimoRecords, NamePlaceFieldAndValueOfWhatIsWrong) {
  const auto message = [](const auto& result) {
    return result ? std::string("no error") : result.error().message;
  };
  EXPECT_THAT(message(parse_unimo_tags("img;0 7;0 0", "tags:9")),
              HasSubstr("tags:9: 3 fields between semicolons where 4 must be"));
  EXPECT_THAT(message(parse_unimo_tags("img;0 x;0 0;2 3", "t")),
              HasSubstr("field 2: \"x\": is no whole number"));
  EXPECT_THAT(message(parse_unimo_tags("img;0 7;0;2 3", "t")),
              HasSubstr("2 token ids, 1 sentence ids, 2 position ids"));
  EXPECT_THAT(message(parse_unimo_entailment("i;d;3;;;;;1;1;0;;;;", "t")), HasSubstr("label 3"));
  EXPECT_THAT(message(parse_unimo_entailment("i;d;1;;;;;1;1;2;AAAAAAAAAAAAAAAA;;;", "t")),
              HasSubstr("3 numbers do not go into 2 boxes"));
  EXPECT_THAT(message(parse_unimo_entailment("i;d;1;;;;;1;1;-2;AAAAAA==;;;", "t")),
              HasSubstr("into -2 boxes"));
  EXPECT_THAT(message(parse_unimo_entailment("i;d;1;;;;;1;1;1;AAAA;;;", "t")),
              HasSubstr("3 bytes are no float32"));
  EXPECT_THAT(message(parse_unimo_entailment("i;d;1;;;;;1;1;1;AADAfw==;;;", "t")),
              HasSubstr("field 11: \"AADAfw==\": number 0 is nan"));
  EXPECT_THAT(message(parse_unimo_entailment("i;d;1;;;;;1;1;0;AAAAAA==;;;", "t")),
              HasSubstr("1 numbers do not go into 0 boxes"));
  EXPECT_THAT(message(parse_unimo_caption("i;1;;;;;1 2;3;4;5;0;;;;;0", "t")),
              HasSubstr("2 spans begin and 1 end"));
}

}  // namespace
}  // namespace unimo::stages
