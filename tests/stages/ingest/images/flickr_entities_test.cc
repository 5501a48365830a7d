#include "stages/ingest/corpora/flickr_entities.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace unimo::stages {
namespace {

using testing::HasSubstr;

std::string words(const EntitySentence& sentence, std::size_t i) {
  const EntityPhrase& phrase = sentence.phrases[i];
  return sentence.text.substr(phrase.begin, phrase.end - phrase.begin);
}

TEST(EntitySentence, LosesItsMarksAndKeepsTheirPlaces) {
  const auto sentence = parse_entity_sentence(
      "[/EN#221796/people A girl] with [/EN#221804/bodyparts brown hair] sits .");
  ASSERT_TRUE(sentence);
  EXPECT_EQ(sentence->text, "A girl with brown hair sits .");
  ASSERT_EQ(sentence->phrases.size(), 2U);
  EXPECT_EQ(sentence->phrases[1].entity, "221804");
  EXPECT_EQ(sentence->phrases[1].types, std::vector<std::string>{"bodyparts"});
  EXPECT_EQ(words(*sentence, 0), "A girl");
  EXPECT_EQ(words(*sentence, 1), "brown hair");
}

TEST(EntitySentence, UnderstandsSeveralTypesAndInvisibleThings) {
  const auto sentence =
      parse_entity_sentence("He is [/EN#0/notvisual having fun] , [/EN#12/people/other the team]");
  ASSERT_TRUE(sentence);
  EXPECT_EQ(sentence->phrases[0].entity, "0");
  EXPECT_EQ(sentence->phrases[1].types, (std::vector<std::string>{"people", "other"}));
  EXPECT_EQ(words(*sentence, 1), "the team");
}

TEST(EntitySentence, TidiesBlanksAndTakesOtherBracketsAsText) {
  const auto sentence = parse_entity_sentence("  A  [sic] [/EN#1/other  red   car ]x\t.\r");
  ASSERT_TRUE(sentence);
  EXPECT_EQ(sentence->text, "A [sic] red car x .");
  EXPECT_EQ(words(*sentence, 0), "red car");
}

TEST(EntitySentence, NeedsNoBlankBeforeItsMark) {
  const auto sentence = parse_entity_sentence("in[/EN#1/other a car]");
  ASSERT_TRUE(sentence);
  EXPECT_EQ(sentence->text, "in a car");
  EXPECT_EQ(words(*sentence, 0), "a car");
}

TEST(EntitySentence, RefusesBrokenMarks) {
  for (const auto& [line, message] : std::vector<std::pair<std::string, std::string>>{
           {"A [/EN#1/people girl", "byte 2: the bracket is not closed"},
           {"[/EN#/people girl]", "must be [/EN#number/type words]"},
           {"[/EN#x1/people girl]", "must be [/EN#number/type words]"},
           {"[/EN#1 girl]", "must be [/EN#number/type words]"},
           {"[/EN#1/ girl]", "must be [/EN#number/type words]"},
           {"[/EN#1/people]", "no words in the mark"},
           {"[/EN#1/people a [/EN#2/other b]]", "a mark within a mark"}}) {
    const auto sentence = parse_entity_sentence(line);
    ASSERT_FALSE(sentence) << line;
    EXPECT_THAT(sentence.error().message, HasSubstr(message)) << line;
  }
}

constexpr std::string_view kBoxes = R"(<annotation>
  <filename>1.jpg</filename>
  <size><width>500</width><height>333</height><depth>3</depth></size>
  <object><name>10</name><name>11</name>
    <bndbox><xmin>1</xmin><ymin>2</ymin><xmax>100</xmax><ymax>2</ymax></bndbox></object>
  <object><name>12</name><scene>1</scene><nobox>0</nobox></object>
  <object><name>13</name><scene>0</scene><nobox>1</nobox></object>
</annotation>)";

TEST(EntityBoxes, CountPixelsFromOneAndIncludeTheLast) {
  const auto boxes = parse_entity_boxes(kBoxes);
  ASSERT_TRUE(boxes) << boxes.error().message;
  EXPECT_EQ(boxes->width, 500);
  EXPECT_EQ(boxes->height, 333);
  ASSERT_EQ(boxes->objects.size(), 3U);
  EXPECT_EQ(boxes->objects[0].entities, (std::vector<std::string>{"10", "11"}));
  EXPECT_EQ(*boxes->objects[0].box, (std::array<double, 4>{0, 1, 100, 1}));
  EXPECT_TRUE(boxes->objects[1].scene);
  EXPECT_FALSE(boxes->objects[1].box);
  EXPECT_TRUE(boxes->objects[2].no_box);
}

TEST(EntityBoxes, RefuseWhatIsNoXmlAndWhatCouldGrowWithoutBound) {
  for (const auto& [xml, message] : std::vector<std::pair<std::string, std::string>>{
           {"<annotation><object>", "not well-formed XML"},
           {"", "not well-formed XML"},
           {"<a><object><bndbox><xmin>x</xmin></bndbox></object></a>", "\"x\" as xmin"},
           {"<a><object><bndbox><xmin>1</xmin></bndbox></object></a>", "without xmin, ymin"},
           {"<a>\n<size><width>99999999999</width></size></a>", "line 2: has \"99999999999\""},
           {"<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "declares a document type"}}) {
    const auto boxes = parse_entity_boxes(xml);
    ASSERT_FALSE(boxes) << xml;
    EXPECT_THAT(boxes.error().message, HasSubstr(message)) << xml;
  }
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<a>";
  EXPECT_FALSE(parse_entity_boxes(deep));
}

}  // namespace
}  // namespace unimo::stages
