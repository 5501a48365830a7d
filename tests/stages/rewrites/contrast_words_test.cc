#include "stages/rewrites/contrast_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace unimo::stages {
namespace {

TEST(ContrastWords, OfOneDimensionExcludeEachOther) {
  EXPECT_TRUE(attributes_clash("red", "blue"));
  EXPECT_TRUE(attributes_clash("wooden", "metal"));
  EXPECT_TRUE(attributes_clash("young", "elderly"));
  EXPECT_TRUE(attributes_clash("two", "three"));
}

TEST(ContrastWords, ThatMayBothBeTrueDoNot) {
  EXPECT_FALSE(attributes_clash("red", "wet"));
  EXPECT_FALSE(attributes_clash("red", "maroon"));
  EXPECT_FALSE(attributes_clash("red", "pink"));
  EXPECT_FALSE(attributes_clash("gray", "grey"));
  EXPECT_FALSE(attributes_clash("small", "little"));
  EXPECT_FALSE(attributes_clash("lovely", "blue"));
}

TEST(ContrastWords, OfActionsAreThoseThatNobodyDoesAtOnce) {
  EXPECT_TRUE(actions_clash("sit", "run"));
  EXPECT_TRUE(actions_clash("ride", "wash"));
  EXPECT_FALSE(actions_clash("sit", "smile"));
  EXPECT_FALSE(actions_clash("lie", "sleep"));
}

TEST(ContrastWords, KnowVerbsThatOfThingsOnlySayWhereTheyAre) {
  EXPECT_TRUE(is_posture("sit"));
  EXPECT_TRUE(is_posture("lie"));
  EXPECT_FALSE(is_posture("run"));
}

TEST(ContrastWords, OfPeopleAreSexAgeAndTrade) {
  EXPECT_TRUE(people_clash("man", "woman"));
  EXPECT_TRUE(people_clash("boy", "lady"));
  EXPECT_TRUE(people_clash("man", "baby"));
  EXPECT_TRUE(people_clash("surfer", "skier"));
  EXPECT_FALSE(people_clash("man", "surfer"));
  EXPECT_FALSE(people_clash("man", "person"));
}

TEST(ContrastWords, OfPrepositionsStandTheOtherWayRound) {
  EXPECT_THAT(contrary_prepositions("to the left of"), testing::ElementsAre("to the right of"));
  EXPECT_THAT(contrary_prepositions("in"), testing::Contains("outside of"));
  EXPECT_TRUE(contrary_prepositions("of").empty());
}

TEST(ContrastWords, OfPrepositionsLeaveWhatIsInsideUnderItsTop) {
  for (const char* preposition : {"in", "inside"}) {
    EXPECT_THAT(contrary_prepositions(preposition), testing::Contains("outside"));
    EXPECT_THAT(contrary_prepositions(preposition), testing::Not(testing::Contains("under")));
  }
}

TEST(ContrastWords, OfThingsLookAlikeWithinAGroupAlone) {
  EXPECT_TRUE(look_alike("desk", "table"));
  EXPECT_TRUE(look_alike("umbrella", "parasol"));
  EXPECT_TRUE(look_alike("backyard", "garden"));
  EXPECT_TRUE(look_alike("backyard", "meadow"));  // in two groups
  EXPECT_FALSE(look_alike("desk", "lake"));
  EXPECT_FALSE(look_alike("dog", "dog"));  // in no group
}

TEST(ContrastWords, KnowPlacesWithOthersInThemAndVerbsThatNeedAnObject) {
  EXPECT_TRUE(is_wide_place("zoo"));
  EXPECT_FALSE(is_wide_place("lake"));
  EXPECT_TRUE(needs_object("chase"));
  EXPECT_FALSE(needs_object("run"));
  EXPECT_TRUE(is_way_preposition("through"));
  EXPECT_FALSE(is_way_preposition("in"));
}

TEST(ContrastWords, TakeTheArticleOfTheirSound) {
  for (const char* word : {"apple", "umbrella", "hour", "unidentified", "orange", "elderly"})
    EXPECT_TRUE(takes_an(word)) << word;
  for (const char* word : {"unicycle", "uniform", "one-way", "dog", "horse", "european", ""})
    EXPECT_FALSE(takes_an(word)) << word;
}

}  // namespace
}  // namespace unimo::stages
