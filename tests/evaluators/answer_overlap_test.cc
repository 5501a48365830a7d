#include "evaluators/answer_overlap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "evaluators/rounding.h"
#include "tests/evaluators/golden.h"

namespace unimo::eval {

namespace {

using Key = std::pair<std::string, int>;  // conversation, turn

struct Conversations {
  std::vector<Key> keys;
  std::vector<CoqaTurn> turns;  // without answers
};

Conversations conversations(const Json& document) {
  Conversations result;
  for (const Json& story : document["data"]) {
    std::vector<Json> lists = {story["answers"]};
    if (story.contains("additional_answers")) {
      for (const Json& list : story["additional_answers"]) lists.push_back(list);
    }
    for (std::size_t i = 0; i < story["questions"].size(); ++i) {
      result.keys.emplace_back(story["id"].get<std::string>(),
                               story["questions"][i]["turn_id"].get<int>());
      CoqaTurn& turn = result.turns.emplace_back();
      turn.source = story["source"].get<std::string>();
      for (const Json& list : lists) {
        turn.references.push_back(list[i]["input_text"].get<std::string>());
      }
    }
  }
  return result;
}

Json shared_json(const std::string& name) {
  return read_json(std::filesystem::path(UNIMO_SHARED_DATA) / name).value();
}

std::vector<CoqaTurn> answered(const Conversations& conversations, const Json& predictions) {
  std::map<Key, std::string> answers;
  for (const Json& entry : predictions) {
    answers[{entry["id"].get<std::string>(), entry["turn_id"].get<int>()}] =
        entry["answer"].get<std::string>();
  }
  std::vector<CoqaTurn> turns = conversations.turns;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    const auto found = answers.find(conversations.keys[i]);
    if (found != answers.end()) turns[i].answer = found->second;
  }
  return turns;
}

void expect_report(const Coqa& scores, const Json& expected) {
  ASSERT_EQ(scores.domains.size(), expected.size());
  for (const CoqaDomain& domain : scores.domains) {
    const Json& row = expected.at(domain.name);
    EXPECT_EQ(domain.em_printed, row["em"].get<double>()) << domain.name;
    EXPECT_EQ(domain.f1_printed, row["f1"].get<double>()) << domain.name;
    EXPECT_EQ(domain.turns, row["turns"].get<std::size_t>()) << domain.name;
  }
}

void expect_turns(const Conversations& conversations, const Coqa& scores, const Json& expected) {
  for (const Json& row : expected) {
    const Key key{row["id"].get<std::string>(), row["turn_id"].get<int>()};
    const auto place = std::find(conversations.keys.begin(), conversations.keys.end(), key);
    ASSERT_NE(place, conversations.keys.end());
    const auto i = static_cast<std::size_t>(place - conversations.keys.begin());
    EXPECT_NEAR(scores.turns[i].em, row["em"].get<double>(), 1e-12) << key.second;
    EXPECT_NEAR(scores.turns[i].f1, row["f1"].get<double>(), 1e-12) << key.second;
  }
}

CoqaTurn turn(std::vector<std::string> references, std::string answer) {
  return {.source = "cnn", .references = std::move(references), .answer = std::move(answer)};
}

// Answers of all sources, right, half right and wrong.
std::vector<CoqaTurn> invented_turns() {
  std::vector<CoqaTurn> turns;
  const char* sources[] = {"mctest", "gutenberg", "race", "cnn", "wikipedia", "reddit", "science"};
  for (int i = 0; i < 70; ++i) {
    turns.push_back(turn({"a red car " + std::to_string(i % 5), "the car", "red"},
                         "red car " + std::to_string(i % 3)));
    turns.back().source = sources[i % 7];
    if (i % 11 == 0) turns.back().answer.reset();
  }
  return turns;
}

}  // namespace

TEST(AnswerWords, AreThoseOfTheOfficialNormalisation) {
  UNIMO_NEEDS_GOLDEN("coqa/normalize.json");
  const Json cases = golden_json("coqa/normalize.json");
  for (const Json& entry : cases) {
    EXPECT_EQ(Json(answer_words(entry["in"].get<std::string>())), entry["tokens"]) << entry["in"];
  }
}

TEST(AnswerScore, AgreesWithPublishedPairs) {
  UNIMO_NEEDS_GOLDEN("coqa/f1_pairs.json");
  const Json cases = golden_json("coqa/f1_pairs.json");
  for (const Json& entry : cases) {
    const AnswerScore score =
        answer_score(entry["gold"].get<std::string>(), entry["prediction"].get<std::string>());
    EXPECT_NEAR(score.f1, entry["official_f1"].get<double>(), 1e-12) << entry["prediction"];
    EXPECT_NEAR(score.f1, entry["published_f1"].get<double>(), 1e-9) << entry["prediction"];
    EXPECT_EQ(score.em, entry["official_em"].get<double>()) << entry["prediction"];
  }
}

TEST(Coqa, ScoresDevRunsAsTheOfficialProgram) {
  UNIMO_NEEDS_GOLDEN("coqa/dev_sample_runs.json");
  const Json runs = golden_json("coqa/dev_sample_runs.json");
  const Conversations dev = conversations(shared_json(runs["data_file"].get<std::string>()));
  for (const Json& run : runs["runs"]) {
    SCOPED_TRACE(run["name"].get<std::string>());
    const auto scores = coqa(answered(dev, run["predictions"]));
    expect_report(*scores, run["result"]);
    expect_turns(dev, *scores, run["turns"]);
  }
  expect_report(*coqa_human(dev.turns), runs["human"]);
}

TEST(Coqa, ScoresATrainRunOfSingleReferences) {
  UNIMO_NEEDS_GOLDEN("coqa/train_sample_run.json");
  const Json run = golden_json("coqa/train_sample_run.json");
  const Conversations train = conversations(shared_json("coqa/coqa-train-v1.0.sample.json"));
  const auto scores = coqa(answered(train, run["predictions"]));
  expect_report(*scores, run["result"]);
  expect_turns(train, *scores, run["turns"]);
  EXPECT_FALSE(coqa_human(train.turns).has_value());
}

TEST(Coqa, ReportsAllSevenDomains) {
  UNIMO_NEEDS_GOLDEN("coqa/seven_domains.json");
  const Json document = golden_json("coqa/seven_domains.json");
  const Conversations stories = conversations(document["data"]);
  expect_report(*coqa(answered(stories, document["predictions"])), document["result"]);
  expect_report(*coqa_human(stories.turns), document["human"]);
}

TEST(AnswerWords, TreatUnicodeAsPythonDoes) {
  // No-break blank separates; the dash is no punctuation of ASCII; a mark ends a word.
  EXPECT_EQ(answer_words("The\u00A0end\u2014an \u00C9T\u00C9"),
            (std::vector<std::string>{"end\u2014", "\u00E9t\u00E9"}));
  EXPECT_EQ(answer_words("\u039F\u03A3 \u039F\u03A3."),
            (std::vector<std::string>{"\u03BF\u03C2", "\u03BF\u03C2"}));
  EXPECT_EQ(answer_words("a1 1a an\u00B2 a_b"),
            (std::vector<std::string>{"a1", "1a", "an\u00B2", "ab"}));
}

TEST(AnswerWords, SurviveBytesThatAreNoText) {
  EXPECT_EQ(answer_words(std::string("\xFF\0the\x80", 6)),
            (std::vector<std::string>{std::string("\uFFFD\0", 4), "\uFFFD"}));
  EXPECT_EQ(answer_words(std::string(1 << 20, 'a')).size(), 1U);
  EXPECT_EQ(answer_score(std::string(1 << 20, ' '), "").f1, 1);
  std::string words;
  while (words.size() < 1 << 20) words += "w" + std::to_string(words.size()) + " ";
  EXPECT_EQ(answer_score(words, words).f1, 1);
}

TEST(AnswerScore, OfNothingAgainstNothingIsOne) {
  EXPECT_EQ(answer_score("the", "...").f1, 1);
  EXPECT_EQ(answer_score("the", "...").em, 1);
  EXPECT_EQ(answer_score("cat", "").f1, 0);
  EXPECT_EQ(answer_score("", "cat").em, 0);
}

TEST(AnswerScore, CountsRepeatedWordsAsOftenAsBothHaveThem) {
  // 2 shared of 3 and of 4 words
  EXPECT_DOUBLE_EQ(answer_score("x x y", "x x x z").f1,
                   2 * (2 / 4.0) * (2 / 3.0) / (0.5 + 2 / 3.0));
}

TEST(Coqa, LeavesEachReferenceOutOnce) {
  const auto scores = coqa(std::vector{turn({"yes", "no", "no"}, "yes")});
  EXPECT_DOUBLE_EQ(scores->turns[0].em, 2.0 / 3);  // without "yes" nothing matches
}

TEST(Coqa, OfAPerfectAnswerToEqualReferencesIsAHundred) {
  const auto scores = coqa(std::vector{turn({"The cat.", "a cat"}, "cat"), turn({"x"}, "X!")});
  EXPECT_EQ(scores->overall().em, 100);
  EXPECT_EQ(scores->overall().f1_printed, 100);
}

TEST(Coqa, RefusesWhatItCannotScore) {
  auto unknown = turn({"x"}, "x");
  unknown.source = "newsqa";
  const auto scores = coqa(std::vector{turn({"x"}, "x"), unknown});
  ASSERT_FALSE(scores.has_value());
  EXPECT_THAT(scores.error().message,
              testing::AllOf(testing::HasSubstr("turn 2"), testing::HasSubstr("newsqa")));
  EXPECT_FALSE(coqa(std::vector{turn({}, "x")}).has_value());
  EXPECT_TRUE(coqa({}).has_value());
}

TEST(Coqa, DoesNotDependOnTheNumberOfThreads) {
  const auto turns = invented_turns();
  const auto one = coqa(turns, 1);
  for (const int threads : {2, 7}) {
    const auto many = coqa(turns, threads);
    EXPECT_EQ(many->overall().f1, one->overall().f1);
    EXPECT_EQ(coqa_human(turns, threads)->overall().f1, coqa_human(turns)->overall().f1);
  }
}

TEST(Coqa, DoesNotDependOnTheOrderOfTurns) {
  auto turns = invented_turns();
  const auto forward = coqa(turns);
  std::reverse(turns.begin(), turns.end());
  const auto backward = coqa(turns);
  for (std::size_t i = 0; i < turns.size(); ++i) {
    EXPECT_EQ(backward->turns[turns.size() - 1 - i].f1, forward->turns[i].f1);
  }
  EXPECT_NEAR(backward->overall().f1, forward->overall().f1, 1e-10);
}

TEST(Coqa, AddsUpOverParts) {
  const auto turns = invented_turns();
  const std::span<const CoqaTurn> all = turns;
  const auto whole = coqa(all);
  double sum = 0;
  for (const auto& part : {all.first(23), all.subspan(23)}) {
    const auto scores = coqa(part);
    sum += scores->overall().f1 * static_cast<double>(scores->overall().turns);
  }
  EXPECT_NEAR(sum / static_cast<double>(turns.size()), whole->overall().f1, 1e-10);
}

TEST(Coqa, SaysWhatItWasMadeFrom) {
  EXPECT_EQ(coqa_f1_signature(std::vector{turn({"x"}, "x"), turn({"x", "y"}, "x")}),
            "coqa_f1|turns:2|refs:1-2|rule:leave one out|case:lc|punct:dropped|articles:dropped|"
            "scale:100|version:1");
}

TEST(Rounding, IsThatOfPython) {
  EXPECT_EQ(round_decimals(2.675, 2), 2.67);
  EXPECT_EQ(round_decimals(0.25, 1), 0.2);
  EXPECT_EQ(round_decimals(0.35, 1), 0.3);
  EXPECT_EQ(round_decimals(0.75, 1), 0.8);
  EXPECT_EQ(round_decimals(0.125, 2), 0.12);
  EXPECT_EQ(round_decimals(62.5, 0), 62);
  EXPECT_EQ(round_decimals(99.995, 2), 100);
}

}  // namespace unimo::eval
