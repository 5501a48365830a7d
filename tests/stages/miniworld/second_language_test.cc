#include "stages/miniworld/second_language.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "stages/miniworld/captions.h"

namespace unimo::stages {
namespace {

CaptionMeaning meaning_of(const std::string& caption) {
  const auto meaning = read_meaning(caption);
  EXPECT_TRUE(meaning.has_value()) << caption;
  return meaning.value_or(CaptionMeaning{});
}

Scene ball_left_of_box() {
  Scene scene;
  scene.place = Place::kBeach;
  scene.objects = {{.thing = Thing::kBall, .colour = Colour::kRed, .size = Size::kSmall},
                   {.thing = Thing::kBox,
                    .colour = Colour::kBlue,
                    .size = Size::kLarge,
                    .texture = Texture::kStriped}};
  scene.relations = {{0, Predicate::kLeftOf, 1}};
  return scene;
}

TEST(CaptionMeaning, OfEveryCaptionIsTrueOfItsPicture) {
  const auto scenes = make_scenes(7, MiniWorld{.images = 1500}).value();
  for (const Scene& scene : scenes) {
    for (const SceneCaption& caption : write_captions(scene, 7, 8)) {
      const auto meaning = read_meaning(caption.text);
      ASSERT_TRUE(meaning.has_value()) << caption.text;
      EXPECT_TRUE(is_true_of(*meaning, scene)) << caption.text;
      EXPECT_GE(meaning->mentions.size(), caption.objects.size()) << caption.text;
      EXPECT_EQ(meaning->place.has_value(), caption.names_place) << caption.text;
    }
  }
}

TEST(CaptionMeaning, IsSeldomTrueOfAnotherPicture) {
  const auto scenes = make_scenes(7, MiniWorld{.images = 400}).value();
  int claims = 0, holds = 0;
  for (std::size_t i = 0; i + 1 < scenes.size(); ++i) {
    for (const SceneCaption& caption : write_captions(scenes[i], 7, 5)) {
      ++claims;
      holds += is_true_of(meaning_of(caption.text), scenes[i + 1]) ? 1 : 0;
    }
  }
  EXPECT_LT(holds, claims / 100);
}

TEST(CaptionMeaning, ChecksEveryClaim) {
  const Scene scene = ball_left_of_box();
  const auto holds = [&](const std::string& text) { return is_true_of(meaning_of(text), scene); };
  EXPECT_TRUE(holds("A small red ball is to the left of a blue crate at the beach."));
  EXPECT_TRUE(holds("A blue box with a red ball on its left."));
  EXPECT_TRUE(holds("On the right side of a red ball there is a striped blue box."));
  EXPECT_TRUE(holds("Look at the blue box: left of it is a tiny red ball."));
  EXPECT_TRUE(holds("The ball left of the blue box is red."));
  EXPECT_TRUE(holds("Two things by the sea: a red ball and a blue box."));
  EXPECT_FALSE(holds("A small red ball is to the right of a blue crate."));
  EXPECT_FALSE(holds("A large red ball is left of a blue box."));
  EXPECT_FALSE(holds("A green ball is left of a blue box."));
  EXPECT_FALSE(holds("A red ball is left of a dotted blue box."));
  EXPECT_FALSE(holds("A red ball is left of a blue box in the snow."));
  EXPECT_FALSE(holds("Three things by the sea: a red ball and a blue box."));
  EXPECT_FALSE(holds("A red ball and a red ball on a beach."));
  EXPECT_FALSE(holds("The ball left of the blue box is green."));
}

TEST(CaptionMeaning, OfWhatIsNoCaptionIsNone) {
  EXPECT_FALSE(read_meaning("A red dinosaur on a beach.").has_value());
  EXPECT_FALSE(read_meaning("On a beach.").has_value());
  EXPECT_FALSE(read_meaning("A red ball left of.").has_value());
  EXPECT_FALSE(read_meaning("").has_value());
}

// Nouns decide the vowel of their attributes, also in the marked case.
TEST(Tavi, AttributesAgreeWithTheirNoun) {
  Draws draws(1, "test", 0);
  for (int i = 0; i < 20; ++i) {
    const std::string text =
        in_tavi(meaning_of("A tiny red ball is above a large striped blue box."), draws);
    EXPECT_THAT(text, ::testing::ContainsRegex("[Tt]oma rova mina"));
    EXPECT_THAT(text, ::testing::ContainsRegex("[Kk]elis blavis stripis grossis supe"));
  }
}

TEST(Tavi, SaysSynonymsInOneWay) {
  std::set<std::string> sentences;
  for (const char* english : {"A tiny red ball is above a blue box in the snow.",
                              "There is a small red ball over a blue crate on a snowy day."}) {
    Draws draws(1, "test", 4);
    sentences.insert(in_tavi(meaning_of(english), draws));
  }
  EXPECT_EQ(sentences.size(), 1U) << *sentences.begin();
}

TEST(Tavi, HasSeveralEnglishSentencesForMostOfItsOwn) {
  const auto scenes = make_scenes(9, MiniWorld{.images = 300}).value();
  std::map<std::string, std::set<std::string>> english;
  for (const Scene& scene : scenes) {
    for (const SceneCaption& caption : write_captions(scene, 9, 8)) {
      // The plainest order of every claim: what is said, without how.
      Draws draws(1, "plain", 0);
      english[in_tavi(meaning_of(caption.text), draws)].insert(caption.text);
    }
  }
  std::size_t captions = 0, shared = 0;
  for (const auto& [tavi, texts] : english) {
    captions += texts.size();
    shared += texts.size() > 1 ? texts.size() : 0;
  }
  EXPECT_GT(shared, captions / 10) << shared << " of " << captions;
}

TEST(Tavi, IsAFunctionOfItsDraws) {
  const CaptionMeaning meaning = meaning_of("A red ball, a green tree and a blue box on a beach.");
  Draws a(1, "tavi", 5), b(1, "tavi", 5);
  EXPECT_EQ(in_tavi(meaning, a), in_tavi(meaning, b));
}

}  // namespace
}  // namespace unimo::stages
