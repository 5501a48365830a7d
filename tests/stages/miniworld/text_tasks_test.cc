// What the sentences of the text tasks are made of.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "stages/miniworld/inference.h"
#include "stages/miniworld/lexicon.h"
#include "stages/miniworld/news.h"
#include "stages/miniworld/passages.h"
#include "stages/miniworld/picture_questions.h"
#include "stages/miniworld/sentences.h"
#include "stages/miniworld/tales.h"
#include "stages/miniworld/text_scene.h"

namespace unimo::stages {
namespace {

class TextTasks : public testing::Test {
 protected:
  static void SetUpTestSuite() { scenes_ = make_scenes(1, MiniWorld{.images = 400}).value(); }
  static Draws draws(const Scene& scene) {
    return Draws(7, "test", static_cast<std::uint64_t>(scene.number));
  }
  static inline std::vector<Scene> scenes_;
};

TEST(Lexicon, TakesTextsApart) {
  EXPECT_EQ(words_of("A well-drawn ball, isn't it? - yes."),
            (std::vector<std::string>{"a", "well-drawn", "ball", "isn", "t", "it", "yes"}));
  EXPECT_EQ(spaced("A ball, and \"it\"."), "A ball , and \" it \" .");
  EXPECT_EQ(characters("Zoë saw it"), 10);
  EXPECT_DOUBLE_EQ(word_f1("a red ball", "a blue ball"), 2.0 / 3);
  EXPECT_DOUBLE_EQ(word_f1("", ""), 1);
  EXPECT_DOUBLE_EQ(word_f1("a", ""), 0);
  EXPECT_EQ(with_article("ugly orange box"), "an ugly orange box");
  EXPECT_EQ(plural("box"), "boxes");
}

TEST_F(TextTasks, RetoldScenesHaveThreeThingsOfDifferentKinds) {
  for (const Scene& scene : scenes_) {
    Draws d = draws(scene);
    const TextScene told = retell(scene, d);
    const std::set<Thing> kinds{told.things[0].thing, told.things[1].thing, told.things[2].thing};
    EXPECT_EQ(kinds.size(), 3U);
    EXPECT_EQ(told.things[0].thing, scene.objects[0].thing);
    EXPECT_EQ(told.things[0].colour, scene.objects[0].colour);
  }
}

TEST_F(TextTasks, VerdictsAreBalancedAndNoWordOfTheHypothesisDecides) {
  std::map<std::string, std::map<Verdict, int>> by_word;
  std::map<Verdict, int> all;
  for (const Scene& scene : scenes_) {
    Draws d = draws(scene);
    for (int k = 0; k < 10; ++k) {
      const TextPair pair = write_text_pair(scene, Genre::kFiction, d);
      ++all[pair.verdict];
      for (const std::string& word : words_of(pair.hypothesis)) ++by_word[word][pair.verdict];
    }
  }
  for (const auto& [verdict, count] : all) EXPECT_NEAR(count, 4000 / 3.0, 130) << word(verdict);
  for (const auto& [word, verdicts] : by_word) {
    int total = 0, most = 0;
    for (const auto& [verdict, count] : verdicts) {
      total += count;
      most = std::max(most, count);
    }
    if (total >= 200) {
      EXPECT_LT(most, 0.5 * total) << word;
    }
  }
}

TEST_F(TextTasks, ClaimsAboutPicturesFollowFromThePicture) {
  std::map<Verdict, int> all;
  for (const Scene& scene : scenes_) {
    Draws d = draws(scene);
    for (int k = 0; k < 5; ++k) {
      const PictureClaim claim = write_picture_claim(scene, d);
      ++all[claim.verdict];
      constexpr std::string_view kStart = "There is a";
      if (!claim.hypothesis.starts_with(kStart)) continue;
      const auto words = words_of(claim.hypothesis);
      const bool shown =
          std::any_of(scene.objects.begin(), scene.objects.end(), [&](const SceneObject& object) {
            return word(object.colour) == words[3] && word(object.thing) == words[4];
          });
      EXPECT_EQ(claim.verdict, shown ? Verdict::kEntailment : Verdict::kContradiction)
          << claim.hypothesis << " " << scene.content();
    }
  }
  for (const auto& [verdict, count] : all) EXPECT_GT(count, 400) << word(verdict);
}

TEST_F(TextTasks, OpinionsUseBothKindsOfWordsOnBothSides) {
  std::map<bool, int> lovely, never;
  for (const Scene& scene : scenes_) {
    Draws d = draws(scene);
    for (int k = 0; k < 20; ++k) {
      const JudgedSentence opinion = write_opinion(scene, false, d);
      const auto words = words_of(opinion.text);
      const auto has = [&](const char* word) {
        return std::find(words.begin(), words.end(), word) != words.end();
      };
      lovely[opinion.good] += has("lovely") ? 1 : 0;
      never[opinion.good] += has("never") ? 1 : 0;
    }
  }
  EXPECT_GT(lovely[true], lovely[false] / 2);
  EXPECT_GT(lovely[false], lovely[true] / 2);
  EXPECT_GT(never[true], never[false] / 2);
  EXPECT_GT(never[false], never[true] / 2);
}

TEST_F(TextTasks, SentencesAreMostlyAcceptableAndNeverBoth) {
  int good = 0, all = 0;
  std::set<std::string> right, wrong;
  for (const Scene& scene : scenes_) {
    Draws d = draws(scene);
    for (int k = 0; k < 5; ++k) {
      const JudgedSentence sentence = write_acceptability(scene, d);
      ++all;
      good += sentence.good ? 1 : 0;
      (sentence.good ? right : wrong).insert(sentence.text);
      EXPECT_TRUE(std::isupper(static_cast<unsigned char>(sentence.text[0])) != 0 || !sentence.good)
          << sentence.text;
    }
  }
  EXPECT_NEAR(good, 0.65 * all, 0.04 * all);
  for (const std::string& text : wrong) EXPECT_FALSE(right.contains(text)) << text;
}

TEST_F(TextTasks, SimilarPairsAreGraded) {
  std::map<int, int> grades;
  for (const Scene& scene : scenes_) {
    Draws d = draws(scene);
    const SimilarPair pair = write_similar_pair(scene, d);
    EXPECT_GE(pair.similarity, 0);
    EXPECT_LE(pair.similarity, 5);
    ++grades[static_cast<int>(pair.similarity)];
  }
  for (int grade = 1; grade <= 5; ++grade) EXPECT_GT(grades[grade], 10) << grade;
}

TEST_F(TextTasks, TalesAnswerTheirQuestionsWithPronounsInBetween) {
  int pronouns = 0, unknown = 0, yes = 0, no = 0;
  for (const Scene& scene : scenes_) {
    Draws d = draws(scene);
    const Tale tale = write_tale(scene, d);
    EXPECT_GE(tale.turns.size(), 10U);
    for (const TaleTurn& turn : tale.turns) {
      EXPECT_EQ(turn.others.size(), 3U);
      const auto words = words_of(turn.question);
      pronouns += std::any_of(words.begin(), words.end(),
                              [](const std::string& w) {
                                return w == "it" || w == "he" || w == "she" || w == "him";
                              })
                      ? 1
                      : 0;
      unknown += turn.answer == "unknown" ? 1 : 0;
      yes += turn.answer == "yes" ? 1 : 0;
      no += turn.answer == "no" ? 1 : 0;
      EXPECT_EQ(turn.answer == "unknown", turn.rationale.begin < 0) << turn.question;
    }
  }
  EXPECT_GT(pronouns, 5 * 400);
  EXPECT_EQ(unknown, 400);
  EXPECT_NEAR(yes, no, 0.25 * no);
}

TEST_F(TextTasks, HeadlinesAreShorterAndInOtherWords) {
  for (const Scene& scene : scenes_) {
    Draws d = draws(scene);
    const Headline pair = write_headline(scene, d);
    EXPECT_LT(2 * words_of(pair.headline).size(), words_of(pair.sentence).size());
    const auto sentence = words_of(pair.sentence);
    const auto headline = words_of(pair.headline);
    EXPECT_TRUE(std::any_of(headline.begin(), headline.end(), [&](const std::string& word) {
      return std::find(sentence.begin(), sentence.end(), word) == sentence.end();
    })) << pair.headline;
  }
}

TEST_F(TextTasks, NewsHighlightsNameTheMainFactOfEveryScene) {
  Draws d(1, "news", 0);
  const std::span<const Scene> three(scenes_.data(), 3);
  const NewsStory news = write_news(three, d);
  ASSERT_EQ(news.highlights.size(), 3U);
  ASSERT_EQ(news.paragraphs.size(), 5U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NE(lower_case(news.highlights[i]).find(word(three[i].objects[0].thing)),
              std::string::npos);
    EXPECT_EQ(news.paragraphs[i + 1].find(news.highlights[i]), std::string::npos);
    EXPECT_FALSE(news.highlights[i].ends_with('.'));
  }
}

TEST_F(TextTasks, TenPeopleMostlyAgreeAndYesIsAsFrequentAsNo) {
  std::map<std::string, int> yes_no;
  int agreed = 0, questions = 0;
  for (const Scene& scene : scenes_) {
    Draws d = draws(scene);
    for (const PictureQuestion& question : write_picture_questions(scene, 4, d)) {
      const auto answers = ask_ten_people(question, d);
      ASSERT_EQ(answers.size(), 10U);
      agreed += majority_answer(answers) == question.answer ? 1 : 0;
      ++questions;
      if (question.answer_type == "yes/no") ++yes_no[question.answer];
    }
  }
  EXPECT_GT(questions, 1500);
  EXPECT_GT(agreed, 0.98 * questions);
  EXPECT_NEAR(yes_no["yes"], yes_no["no"], 0.2 * yes_no["no"]);
}

TEST(PictureQuestions, CreditIsVqasAccuracy) {
  const auto ten = [](int right) {
    std::vector<PersonsAnswer> answers(10, {"other", "yes"});
    for (int i = 0; i < right; ++i) answers[static_cast<std::size_t>(i)].answer = "red";
    return answers;
  };
  // 0, 30, 60, 90, 100 for 0, 1, 2, 3 and more who say so.
  for (const auto& [right, credit] :
       std::map<int, double>{{0, 0}, {1, 0.3}, {2, 0.6}, {3, 0.9}, {4, 1}, {10, 1}}) {
    EXPECT_NEAR(answer_credit("red", ten(right)), credit, 1e-12) << right;
  }
}

}  // namespace
}  // namespace unimo::stages
