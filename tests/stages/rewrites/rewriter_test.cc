#include "stages/rewrites/rewriter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <set>

#include "stages/rewrites/contrast_words.h"

namespace unimo::stages {
namespace {

using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

// A corpus in which animals of three colours run and sit in two places, each picture with two
// captions of the same words.
std::vector<ImageCaptions> animal_corpus() {
  std::vector<ImageCaptions> images;
  const std::vector<std::string> animals = {"dog", "cat", "horse", "elephant", "cow"};
  for (const std::string& animal : animals) {
    for (const std::string colour : {"black", "red", "orange", "blue"}) {
      for (const std::string verb : {"runs", "sits"}) {
        for (const std::string place : {"on a bench", "in the kitchen", "under a bench"}) {
          const std::string rest = " " + animal + " " + verb + " " + place;
          const std::string text = (takes_an(colour) ? "An " : "A ") + colour + rest;
          for (int copy = 0; copy < 3; ++copy) {
            images.push_back({.image = std::to_string(images.size()),
                              .split = "train",
                              .captions = {{"a", text}, {"b", text + "."}}});
          }
        }
      }
    }
    for (int copy = 0; copy < 20; ++copy) {
      images.push_back({.image = std::to_string(images.size()),
                        .split = "train",
                        .captions = {{"a", "Two " + animal + "s run"}}});
    }
  }
  return images;
}

class RewriterTest : public testing::Test {
 protected:
  void SetUp() override { count(); }

  void count(int threads = 1) {
    vocabulary_.emplace(count_vocabulary(images_, {}, nullptr, threads));
    candidates_.emplace(*vocabulary_, nullptr, options_, threads);
  }

  // Rewrites of the first of the captions, of all.
  CaptionRewrites rewrite(const std::vector<std::string>& captions,
                          const std::vector<std::string>& labels = {}) {
    ImageCaptions image{.image = "x", .split = "train", .captions = {}, .labels = labels};
    std::vector<CaptionReading> readings;
    for (const std::string& text : captions) {
      image.captions.push_back({"x", text});
      readings.push_back(read_caption(text, nullptr));
    }
    ImageRewriter rewriter(*vocabulary_, *candidates_, {.seed = 7});
    auto all = rewriter.rewrite(image, readings, 0);
    refused_ = rewriter.refused();
    return std::move(all[0]);
  }
  static std::vector<std::string> texts(const std::vector<Rewrite>& list) {
    std::vector<std::string> all;
    for (const Rewrite& one : list) all.push_back(one.text);
    return all;
  }

  std::vector<ImageCaptions> images_ = animal_corpus();
  CandidateOptions options_{
      .by_similarity = false, .objects = {}, .attributes = {}, .relations = {}};
  std::optional<Vocabulary> vocabulary_;
  std::optional<Candidates> candidates_;
  RuleCounts refused_;
};

TEST_F(RewriterTest, ReplacesOneNodeAtWordLevel) {
  const auto words = texts(rewrite({"A black dog sits on a bench"}).words);
  EXPECT_THAT(words, IsSupersetOf({"A black cat sits on a bench", "A black horse sits on a bench",
                                   "A red dog sits on a bench", "A black dog runs on a bench",
                                   "A black dog sits under a bench"}));
}

TEST_F(RewriterTest, ReplacesNounWithAttributeAndPlacesAtPhraseLevel) {
  const auto phrases = texts(rewrite({"A black dog sits on a bench"}).phrases);
  EXPECT_THAT(phrases, Contains("A red cat sits on a bench"));
  EXPECT_THAT(phrases, Contains("A black dog sits in the kitchen"));
  EXPECT_THAT(phrases, Contains("A black cat sits under a bench"));
}

TEST_F(RewriterTest, MendsArticles) {
  const auto words = texts(rewrite({"A black dog runs on a bench"}).words);
  EXPECT_THAT(words, Contains("An orange dog runs on a bench"));
  EXPECT_THAT(texts(rewrite({"An orange dog runs on a bench"}).words),
              Contains("A black dog runs on a bench"));
  const std::vector<RewrittenNode> nodes = {
      {.kind = NodeKind::kObject, .span = {2, 5}, .article = {0, 1}}};
  const Replacement one{0, "elephant"};
  EXPECT_EQ(replace_nodes("A dog", nodes, {&one, 1}), "An elephant");
  EXPECT_EQ(replace_nodes("A DOG", nodes, {&one, 1}), "An ELEPHANT");
  EXPECT_EQ(replace_nodes("A dog", nodes, {&one, 1}, "*"), "An *elephant*");
}

TEST_F(RewriterTest, KeepsTheNumberOfNouns) {
  const auto words = texts(rewrite({"Two dogs run"}).words);
  EXPECT_THAT(words, Contains("Two cats run"));
  EXPECT_THAT(words, Not(Contains("Two cat run")));
}

TEST_F(RewriterTest, NeverSaysWhatAnotherCaptionOfThePictureSays) {
  const CaptionRewrites all =
      rewrite({"A black dog sits on a bench", "A cat and a red dog run in the kitchen"});
  for (const auto* list : {&all.words, &all.phrases}) {
    EXPECT_FALSE(list->empty());
    EXPECT_THAT(texts(*list), Each(Not(HasSubstr("cat"))));
    EXPECT_THAT(texts(*list), Each(Not(HasSubstr("red"))));
    EXPECT_THAT(texts(*list), Each(Not(HasSubstr("runs"))));
    EXPECT_THAT(texts(*list), Each(Not(HasSubstr("kitchen"))));
  }
  EXPECT_GT(refused_[Rule::kSaid], 0);
}

TEST_F(RewriterTest, NeverSaysWhatIsAnnotatedInThePicture) {
  const auto words = texts(rewrite({"A black dog sits on a bench"}, {"horse", "red"}).words);
  EXPECT_THAT(words, Contains("A black cat sits on a bench"));
  EXPECT_THAT(words, Each(Not(HasSubstr("horse"))));
  EXPECT_THAT(words, Each(Not(HasSubstr("red"))));
}

TEST_F(RewriterTest, ChangesNothingOfOneThingThatAnotherOfItsKindMayBe) {
  const std::string caption = "A black dog sits on a bench";
  EXPECT_THAT(texts(rewrite({caption}, {"dog"}).words), Contains("A red dog sits on a bench"));
  const auto expect_objects_alone = [&](const std::vector<std::string>& words) {
    EXPECT_THAT(words, Contains("A black cat sits on a bench"));
    EXPECT_THAT(words, Each(HasSubstr("black")));
    EXPECT_THAT(words, Each(HasSubstr("sits on")));
    EXPECT_GT(refused_[Rule::kSeveralThere], 0);
  };
  expect_objects_alone(texts(rewrite({caption}, {"dog", "small dog"}).words));
  expect_objects_alone(texts(rewrite({caption, "A dog and another dog"}).words));
  expect_objects_alone(texts(rewrite({caption, "Two dogs"}).words));
}

TEST_F(RewriterTest, TakesACompoundWrittenAsOneWordForItsLastPart) {
  for (int i = 0; i < 30; ++i) {
    for (const std::string thing : {"boat", "sailboat", "kite"})
      images_.push_back({.image = thing + std::to_string(i),
                         .split = "train",
                         .captions = {{"a", "A black " + thing + " sits on a bench"}}});
  }
  count();
  const auto words_for = [&](const std::string& thing) {
    return texts(rewrite({"A black " + thing + " sits on a bench"}).words);
  };
  EXPECT_THAT(words_for("kite"), Contains("A black sailboat sits on a bench"));
  EXPECT_THAT(words_for("boat"), Each(Not(HasSubstr("sailboat"))));
}

TEST_F(RewriterTest, LeavesNounsAloneThatTheirNeighboursLeanOn) {
  const auto words_for = [&](const std::string& caption) {
    return texts(rewrite({caption}).words);
  };
  EXPECT_THAT(words_for("A dog sits on a bench"), Contains("A cat sits on a bench"));
  // Another noun follows, an owner's mark, examples; nothing of the kind is there.
  for (const std::string caption :
       {"A dog trainer sits on a bench", "A dog's bowl is red", "Dogs such as poodles run",
        "No dog sits on a bench", "A kitchen without a dog"})
    EXPECT_THAT(words_for(caption), Each(testing::AnyOf(HasSubstr("dog"), HasSubstr("Dogs"))))
        << caption;
}

TEST_F(RewriterTest, LeavesAttributesBehindAdverbsAlone) {
  EXPECT_THAT(texts(rewrite({"A black dog runs"}).words), Contains("A red dog runs"));
  EXPECT_THAT(texts(rewrite({"A mostly black dog runs"}).words), Each(HasSubstr("mostly black")));
}

TEST_F(RewriterTest, PutsNothingBehindAPrepositionThatItHardlyEverHas) {
  for (int i = 0; i < 60; ++i) {
    for (const std::string place : {"on a swing", i < 57 ? "on a raft" : "in a raft", "in a cage"})
      images_.push_back({.image = place + std::to_string(i),
                         .split = "train",
                         .captions = {{"a", "A dog sits " + place}}});
  }
  for (int i = 0; i < 600; ++i) {
    images_.push_back({.image = "more" + std::to_string(i),
                       .split = "train",
                       .captions = {{"a", "A dog sits on a raft"}}});
  }
  count();
  EXPECT_THAT(texts(rewrite({"A dog sits on a swing"}).words), Contains("A dog sits on a raft"));
  EXPECT_THAT(texts(rewrite({"A dog sits in a cage"}).words), Each(Not(HasSubstr("in a raft"))));
}

TEST_F(RewriterTest, TakesNoCapitalsFromAWordOfCapitals) {
  const std::string caption = "A boy on a BMX bike";
  const std::vector<RewrittenNode> nodes = {{.kind = NodeKind::kObject, .span = {11, 19}}};
  const Replacement one{0, "wagon"};
  EXPECT_EQ(replace_nodes(caption, nodes, {&one, 1}), "A boy on a wagon");
}

TEST_F(RewriterTest, LeavesQuotesAlone) {
  const auto words = texts(rewrite({"A black dog sits on a bench \"red dog\""}).words);
  EXPECT_THAT(words, Contains(HasSubstr("cat sits")));
  EXPECT_THAT(words, Each(HasSubstr("\"red dog\"")));
}

TEST_F(RewriterTest, NeverMakesTheSameSentenceTwice) {
  const CaptionRewrites all = rewrite({"A black dog sits on a bench"});
  std::set<std::string> different;
  for (const auto* list : {&all.words, &all.phrases})
    for (const std::string& text : texts(*list)) EXPECT_TRUE(different.insert(text).second) << text;
  EXPECT_FALSE(different.contains("A black dog sits on a bench"));
}

TEST_F(RewriterTest, TellsWhichNodeWasReplacedByWhat) {
  const std::string caption = "A black dog sits on a bench";
  const CaptionRewrites all = rewrite({caption});
  for (const auto* list : {&all.words, &all.phrases}) {
    for (const Rewrite& one : *list) {
      const auto parts = std::span(one.replacements).first(one.replaced);
      EXPECT_EQ(replace_nodes(caption, all.nodes, parts), one.text);
    }
  }
  for (const Rewrite& one : all.words) EXPECT_EQ(one.replaced, 1U);
}

TEST_F(RewriterTest, LeavesWordsAloneThatAreSaidOfTheSamePictures) {
  for (int i = 0; i < 30; ++i) {
    images_.push_back({.image = "p" + std::to_string(i),
                       .split = "train",
                       .captions = {{"a", "A pony runs"}, {"b", "A horse runs"}}});
  }
  count();
  EXPECT_THAT(texts(rewrite({"A black pony runs"}).words), Each(Not(HasSubstr("horse"))));
  EXPECT_GT(refused_[Rule::kSaidTogether], 0);
}

TEST_F(RewriterTest, PutsInOnlyWhatAVocabularyAllows) {
  options_.objects = {"cow"};
  count();
  const auto words = texts(rewrite({"A black dog sits on a bench"}).words);
  EXPECT_THAT(words, Contains("A black cow sits on a bench"));
  EXPECT_THAT(words, Each(Not(HasSubstr("cat"))));
}

TEST_F(RewriterTest, KeepsPronounsTrueToThePerson) {
  for (int i = 0; i < 30; ++i) {
    images_.push_back({.image = "m" + std::to_string(i),
                       .split = "train",
                       .captions = {{"a", "A man sits on a bench"}}});
    images_.push_back({.image = "w" + std::to_string(i),
                       .split = "train",
                       .captions = {{"a", "A woman sits on a bench"}}});
  }
  count();
  EXPECT_THAT(texts(rewrite({"A man sits on a bench"}).words), Contains("A woman sits on a bench"));
  EXPECT_THAT(texts(rewrite({"A man sits on a bench with his dog"}).words),
              Each(Not(HasSubstr("woman"))));
}

TEST_F(RewriterTest, ChangesHowLivingThingsAreHeldAndNotWhereOthersAre) {
  for (int i = 0; i < 30; ++i) {
    for (const std::string subject : {"A dog", "A cup"})
      for (const std::string verb : {"sits", "stands"})
        images_.push_back({.image = subject + verb + std::to_string(i),
                           .split = "train",
                           .captions = {{"a", subject + " " + verb + " on a bench"}}});
  }
  count();
  EXPECT_THAT(texts(rewrite({"A dog sits on a bench"}).words), Contains("A dog stands on a bench"));
  EXPECT_THAT(texts(rewrite({"A cup sits on a bench"}).words), Each(Not(HasSubstr("stands"))));
}

TEST_F(RewriterTest, PutsPlacesInForPlacesAlone) {
  for (int i = 0; i < 30; ++i) {
    images_.push_back({.image = "b" + std::to_string(i),
                       .split = "train",
                       .captions = {{"a", "A dog runs under an elephant"}}});
  }
  count();
  const auto phrases = texts(rewrite({"A dog runs under an elephant"}).phrases);
  EXPECT_THAT(phrases, Each(Not(HasSubstr("in the kitchen"))));
  EXPECT_THAT(texts(rewrite({"A dog runs in the kitchen"}).phrases),
              Contains("A dog runs on a bench"));
}

TEST_F(RewriterTest, LeavesBothSidesOfOfAlone) {
  for (int i = 0; i < 30; ++i) {
    images_.push_back({.image = "o" + std::to_string(i),
                       .split = "train",
                       .captions = {{"a", "The saddle of a horse sits on a bench"}}});
  }
  count();
  const auto words = texts(rewrite({"The saddle of a horse sits on a bench"}).words);
  EXPECT_THAT(words, Each(HasSubstr("saddle of a horse")));
}

TEST_F(RewriterTest, PutsNothingBesideWhatItHardlyEverStandsBeside) {
  for (int i = 0; i < 3; ++i) {
    images_.push_back({.image = "j" + std::to_string(i),
                       .split = "train",
                       .captions = {{"a", "A yellow cow sits on a bench"}}});
  }
  for (int i = 0; i < 300; ++i) {
    images_.push_back({.image = "k" + std::to_string(i),
                       .split = "train",
                       .captions = {{"a", "A yellow ball sits on a bench"}}});
  }
  count();
  EXPECT_THAT(texts(rewrite({"A black cow sits on a bench"}).words),
              Each(Not(HasSubstr("yellow cow"))));
}

TEST_F(RewriterTest, AnswersWhateverItIsGiven) {
  std::string long_caption;
  for (int i = 0; i < 500; ++i) long_caption += "a black dog ";
  for (const std::string& text :
       {std::string(), std::string("..."), std::string("\xF0\x9F\x90\xB6 \xF0\x9F\x8E\xBE"),
        std::string("\xD1\x81\xD0\xBE\xD0\xB1\xD0\xB0\xD0\xBA\xD0\xB0"), std::string("Run! Now!"),
        std::string("\xFF\xFE"), long_caption}) {
    const CaptionRewrites all = rewrite({text});
    for (const Rewrite& one : all.words) EXPECT_NE(one.text, text);
  }
  EXPECT_THAT(rewrite({"..."}).words, IsEmpty());
  EXPECT_EQ(rewrite({long_caption}).words.size(), 50U);
}

TEST_F(RewriterTest, CountsAndChoosesTheSameOnAnyNumberOfThreads) {
  const auto one = texts(rewrite({"A black dog sits on a bench"}).phrases);
  for (const int threads : {2, 3, 7}) {
    count(threads);
    EXPECT_EQ(texts(rewrite({"A black dog sits on a bench"}).phrases), one) << threads;
  }
}

}  // namespace
}  // namespace unimo::stages
