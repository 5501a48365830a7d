#include "evaluators/question_generation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "orchestrator/base/file.h"
#include "tests/evaluators/golden.h"

namespace unimo::eval {

namespace {

using Lines = std::vector<std::string>;

Lines lines_of(const std::filesystem::path& file) {
  return official_lines(read_file(file).value());
}

std::filesystem::path squad(const std::string& name) {
  return std::filesystem::path(UNIMO_SHARED_DATA) / "squad_qg" / name;
}

struct Files {
  Lines sources, references, predictions;
  QuestionLines view() const { return {sources, references, predictions}; }
};

Files golden_files() {
  return {lines_of(squad("src-test.txt")), lines_of(squad("tgt-test.txt")),
          lines_of(golden("squad_qg/test.retrieval.pred.txt"))};
}

void expect_scores(const QuestionScores& scores, const Json& expected) {
  for (std::size_t n = 0; n < kMaxOrder; ++n) {
    const std::string name = "Bleu_" + std::to_string(n + 1);
    EXPECT_NEAR(scores.bleu.corpus[n], expected[name].get<double>(), 1e-12) << name;
  }
  EXPECT_NEAR(scores.rouge_l.corpus, expected["ROUGE_L"].get<double>(), 1e-12);
}

std::vector<CaptionItem> pooled(const Files& files, QuestionScript script) {
  return pool_questions(files.view(), script).value();
}

}  // namespace

TEST(QuestionGeneration, ScoresTheTestSetPooledAsTheOfficialScript) {
  UNIMO_NEEDS_GOLDEN("squad_qg/test.retrieval.scores.json");
  const Json expected = golden_json("squad_qg/test.retrieval.scores.json");
  const Files files = golden_files();
  EXPECT_EQ(files.sources.size(), expected["grouped_by_source"]["lines"].get<std::size_t>());
  const auto items = pooled(files, QuestionScript::kNqg);
  EXPECT_EQ(items.size(), expected["grouped_by_source"]["scored_items"].get<std::size_t>());
  expect_scores(score_questions(items), expected["grouped_by_source"]);
}

TEST(QuestionGeneration, ScoresTheTestSetByUnilmsScript) {
  UNIMO_NEEDS_GOLDEN("squad_qg/test.retrieval.scores.json");
  const Json expected = golden_json("squad_qg/test.retrieval.scores.json")["unilm_tokenized_ref"];
  const auto items = pooled(golden_files(), QuestionScript::kUnilmPieces);
  EXPECT_EQ(items.size(), expected["scored_items"].get<std::size_t>());
  expect_scores(score_questions(items), expected);
}

TEST(QuestionGeneration, ScoresTheTestSetWithoutPooling) {
  UNIMO_NEEDS_GOLDEN("squad_qg/test.retrieval.scores.json");
  const Json expected = golden_json("squad_qg/test.retrieval.scores.json")["one_item_per_line"];
  Files files = golden_files();
  for (std::size_t i = 0; i < files.sources.size(); ++i) files.sources[i] = std::to_string(i);
  const auto items = pooled(files, QuestionScript::kNqg);
  EXPECT_EQ(items.size(), expected["scored_items"].get<std::size_t>());
  expect_scores(score_questions(items), expected);
}

TEST(QuestionGeneration, PoolsTheFirstItemsAsTheOfficialScript) {
  UNIMO_NEEDS_GOLDEN("squad_qg/test.retrieval.scores.json");
  const Json expected = golden_json("squad_qg/test.retrieval.scores.json")["first_60_items"];
  const Files files = golden_files();
  const auto items = pooled(files, QuestionScript::kNqg);
  const QuestionScores scores = score_questions(items);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Json& item = expected[i];
    EXPECT_EQ(Json(items[i].references), item["refs"]);
    EXPECT_EQ(Json(items[i].candidate), item["hyp"]);
    const auto line = item["source_line_first"].get<std::size_t>();
    EXPECT_EQ(std::find(files.sources.begin(), files.sources.end(), files.sources[line]) -
                  files.sources.begin(),
              static_cast<std::ptrdiff_t>(line));
    for (std::size_t n = 0; n < kMaxOrder; ++n) {
      EXPECT_NEAR(scores.bleu.images[i][n], item["Bleu_1..4"][n].get<double>(), 1e-12) << i;
    }
    EXPECT_NEAR(scores.rouge_l.images[i], item["ROUGE_L"].get<double>(), 1e-12) << i;
  }
}

TEST(QuestionGeneration, ScoresEdgeCasesAsTheOfficialScript) {
  UNIMO_NEEDS_GOLDEN("squad_qg/edge_cases.json");
  const Json cases = golden_json("squad_qg/edge_cases.json");
  for (const Json& entry : cases) {
    const std::vector<CaptionItem> items = {
        {.candidate = entry["hyp"].get<std::string>(), .references = entry["refs"].get<Lines>()}};
    const QuestionScores scores = score_questions(items);
    for (std::size_t n = 0; n < kMaxOrder; ++n) {
      EXPECT_NEAR(scores.bleu.corpus[n], entry["Bleu_1..4"][n].get<double>(), 1e-12)
          << entry["name"];
    }
    EXPECT_NEAR(scores.rouge_l.corpus, entry["ROUGE_L"].get<double>(), 1e-12) << entry["name"];
  }
}

TEST(QuestionGeneration, ScoresPublishedCases) {
  UNIMO_NEEDS_GOLDEN("squad_qg/nlg_eval_published.json");
  const Json cases = golden_json("squad_qg/nlg_eval_published.json")["cases"];
  for (const Json& entry : cases) {
    std::vector<CaptionItem> items;
    for (std::size_t i = 0; i < entry["hyp"].size(); ++i) {
      items.push_back({.candidate = entry["hyp"][i].get<std::string>(),
                       .references = entry["refs"][i].get<Lines>()});
    }
    const QuestionScores scores = score_questions(items);
    for (std::size_t n = 0; n < kMaxOrder; ++n) {
      EXPECT_NEAR(scores.bleu.corpus[n], entry["recomputed"]["Bleu"][n].get<double>(), 1e-12);
      EXPECT_NEAR(scores.bleu.corpus[n], entry["Bleu_" + std::to_string(n + 1)].get<double>(),
                  1e-6);
    }
    EXPECT_NEAR(scores.rouge_l.corpus, entry["recomputed"]["ROUGE_L"].get<double>(), 1e-12);
    EXPECT_NEAR(scores.rouge_l.corpus, entry["ROUGE_L"].get<double>(), 1e-6);
  }
}

TEST(OfficialLines, LoseTheirLastByte) {
  EXPECT_EQ(official_lines("ab\n\nc\r\nd?"), (Lines{"ab", "", "c\r", "d"}));
  EXPECT_EQ(official_lines("x"), (Lines{""}));
  EXPECT_EQ(official_lines("x\n"), (Lines{"x"}));
  EXPECT_EQ(official_lines(""), Lines{});
  // No other character ends a line.
  EXPECT_EQ(official_lines("a\x0B\u2028\x85\n"), (Lines{"a\x0B\u2028\x85"}));
}

TEST(QuestionGeneration, KeepsTheLastPredictionOfASource) {
  const Files files{{"s", "t", "s"}, {"r1", "r2", "r3"}, {"p1", "p2", "p3"}};
  const auto items = pooled(files, QuestionScript::kNqg);
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].references, (Lines{"r1", "r3"}));
  EXPECT_EQ(items[0].candidate, "p3");
  EXPECT_EQ(items[1].candidate, "p2");
}

TEST(QuestionGeneration, PreparesLinesByScript) {
  const Files files{{" S\t", "s"}, {"What ##ever Is It ", "##a b"}, {" Whatever IS ", "X \u00C9"}};
  const auto nqg = pooled(files, QuestionScript::kNqg);
  ASSERT_EQ(nqg.size(), 2U);
  EXPECT_EQ(nqg[0].references[0], "What ##ever Is It ");
  EXPECT_EQ(nqg[0].candidate, " Whatever IS ");
  const auto pieces = pooled(files, QuestionScript::kUnilmPieces);
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_EQ(pieces[0].references, (Lines{"whatever is it", "##a b"}));
  EXPECT_EQ(pieces[0].candidate, "x \u00C9");  // lower case of ASCII alone
  const auto words = pooled(files, QuestionScript::kUnilmWords);
  EXPECT_EQ(words[0].references, (Lines{"What ##ever Is It", "##a b"}));
}

TEST(QuestionGeneration, SeparatesWordsAtAsciiWhiteSpaceAlone) {
  // One word for Python 2: the bytes of a no-break blank, and of a file separator.
  const std::vector<CaptionItem> items = {
      {"a\u00A0b\x1C"
       "c",
       {"a\u00A0b\x1C"
        "c"}}};
  EXPECT_EQ(score_questions(items).bleu.totals.candidate_length, 1);
}

TEST(QuestionGeneration, RefusesFilesOfUnequalLength) {
  const Files files{{"s", "t"}, {"r", "q"}, {"p"}};
  const auto items = pool_questions(files.view(), QuestionScript::kNqg);
  ASSERT_FALSE(items.has_value());
  EXPECT_THAT(items.error().message, testing::HasSubstr("2 source lines, 2 references and 1 pred"));
}

TEST(QuestionGeneration, DoesNotDependOnTheOrderOfItems) {
  std::vector<CaptionItem> items;
  for (int i = 0; i < 50; ++i) {
    items.push_back({"what is the " + std::to_string(i % 7),
                     {"what is the " + std::to_string(i % 5), "who is it"}});
  }
  const QuestionScores forward = score_questions(items);
  std::reverse(items.begin(), items.end());
  const QuestionScores backward = score_questions(items);
  EXPECT_EQ(backward.bleu.corpus, forward.bleu.corpus);
  EXPECT_NEAR(backward.rouge_l.corpus, forward.rouge_l.corpus, 1e-12);
  EXPECT_EQ(backward.bleu.images.back(), forward.bleu.images.front());
}

TEST(QuestionGeneration, SurvivesLinesOfAMegabyte) {
  const std::string blanks(1 << 20, ' ');
  std::string words;
  while (words.size() < 1 << 20) words += "word" + std::to_string(words.size() % 10'007) + " ";
  const std::string noise("\xFF\0\x80 \xC3", 5);
  const std::vector<CaptionItem> items = {
      {words, {words, blanks}}, {blanks, {words}}, {noise, {noise}}};
  const QuestionScores scores = score_questions(items);
  EXPECT_EQ(scores.rouge_l.images[0], 1);
  EXPECT_EQ(scores.rouge_l.images[2], 1);
}

TEST(QuestionGeneration, SaysWhatItWasMadeFrom) {
  const std::vector<CaptionItem> items = {{"a", {"a", "b"}}};
  EXPECT_EQ(question_bleu_signature(items, QuestionScript::kNqg),
            "question_bleu|n:1-4|script:nqg|items:1|lines:2|pool:source, last prediction|"
            "len:closest|smooth:coco|scale:100|version:1");
}

}  // namespace unimo::eval
