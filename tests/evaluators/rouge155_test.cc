// ROUGE-1.5.5 against values that the Perl program printed, published ones among them, and against
// cases done by hand.
#include "evaluators/rouge155.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "evaluators/generated_text.h"
#include "orchestrator/base/file.h"
#include "tests/evaluators/golden.h"

namespace unimo::eval {

namespace {

using testing::HasSubstr;

// What was printed with five decimals is met when no digit differs.
constexpr double kPrinted = 1e-9;

std::filesystem::path exceptions_folder() {
  return std::filesystem::path(UNIMO_SHARED_DATA) / "rouge155";
}

const ExceptionLists& exceptions() {
  static const ExceptionLists lists = ExceptionLists::load(exceptions_folder()).value();
  return lists;
}

// The options that a golden file names.
Rouge155Options options_for(const std::string& setting, DocumentOrder order) {
  return {.stem = setting != "nostem",
          .exceptions = setting == "exceptions_full" ? &exceptions() : nullptr,
          .order = order,
          .threads = 2};
}

std::string one_line_each(const Json& sentences) {
  std::string text;
  for (const Json& sentence : sentences) text += sentence.get<std::string>() + "\n";
  return text;
}

template <class Split>
std::vector<SummaryItem> read_pairs(const std::filesystem::path& candidates,
                                    const std::filesystem::path& references, const Split& split) {
  const auto candidate_lines = read_lines(candidates).value();
  const auto reference_lines = read_lines(references).value();
  EXPECT_EQ(candidate_lines.size(), reference_lines.size());
  std::vector<SummaryItem> items;
  for (std::size_t i = 0; i < candidate_lines.size(); ++i) {
    items.push_back({split(candidate_lines[i]), {split(reference_lines[i])}});
  }
  return items;
}

std::string split_at_q(std::string_view line) {
  constexpr std::string_view kMark = "<q>";
  std::string text;
  for (auto at = line.find(kMark); at != std::string_view::npos; at = line.find(kMark)) {
    text.append(line.substr(0, at)).push_back('\n');
    line.remove_prefix(at + kMark.size());
  }
  return text.append(line);
}

void expect_triple(const RougeTriple& seen, const std::array<double, 3>& expected,
                   const std::string& what) {
  EXPECT_NEAR(seen.recall, expected[0], kPrinted) << what << " R";
  EXPECT_NEAR(seen.precision, expected[1], kPrinted) << what << " P";
  EXPECT_NEAR(seen.f, expected[2], kPrinted) << what << " F";
}

void expect_estimate(const Estimate& seen, const Json& expected, const std::string& what) {
  EXPECT_NEAR(seen.mean, expected["boot_mean"].get<double>(), kPrinted) << what << " mean";
  EXPECT_NEAR(seen.low, expected["ci_low"].get<double>(), kPrinted) << what << " low";
  EXPECT_NEAR(seen.high, expected["ci_high"].get<double>(), kPrinted) << what << " high";
}

const std::array<std::string, kRougeMeasures> kNames = {"ROUGE-1", "ROUGE-2", "ROUGE-L"};

void expect_averages(const Rouge155& scores, const Json& averages, const std::string& what) {
  for (std::size_t i = 0; i < kRougeMeasures; ++i) {
    const Json& expected = averages[kNames[i]];
    expect_estimate(scores.corpus[i].recall, expected["R"], what + " " + kNames[i] + " R");
    expect_estimate(scores.corpus[i].precision, expected["P"], what + " " + kNames[i] + " P");
    expect_estimate(scores.corpus[i].f, expected["F"], what + " " + kNames[i] + " F");
  }
}

// The plain mean of the documents, told with seven decimals.
void expect_plain_means(const Rouge155& scores, const Json& means, const std::string& what) {
  for (std::size_t i = 0; i < kRougeMeasures; ++i) {
    RougeTriple sum;
    for (const auto& document : scores.documents) {
      sum.recall += document[i].recall;
      sum.precision += document[i].precision;
      sum.f += document[i].f;
    }
    const auto count = static_cast<double>(scores.documents.size());
    EXPECT_NEAR(sum.recall / count, means[kNames[i]]["R"].get<double>(), 5.1e-8) << what;
    EXPECT_NEAR(sum.precision / count, means[kNames[i]]["P"].get<double>(), 5.1e-8) << what;
    EXPECT_NEAR(sum.f / count, means[kNames[i]]["F"].get<double>(), 5.1e-8) << what;
  }
}

// Compares with a table of document number and nine values a row.
void expect_documents(const Rouge155& scores, const std::filesystem::path& file) {
  const auto lines = read_lines(file).value();
  ASSERT_EQ(lines.size(), scores.documents.size() + 1);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    std::istringstream row(lines[i]);
    std::string name;
    std::array<std::array<double, 3>, kRougeMeasures> expected{};
    row >> name;
    for (auto& triple : expected) row >> triple[0] >> triple[1] >> triple[2];
    ASSERT_TRUE(row) << lines[i];
    for (std::size_t k = 0; k < kRougeMeasures; ++k) {
      expect_triple(scores.documents[i - 1][k], expected[k], file.filename().string() + " " + name);
    }
  }
}

class Rouge155Run : public testing::TestWithParam<std::string> {};

std::string golden_name(const std::string& name) { return "rouge155/" + name; }

// The golden files have "<q>" between sentences; the full run has sentences by end marks.
std::vector<SummaryItem> items_of(const std::string& name) {
  if (name == "cnndm_simcls_full11490") {
    const std::filesystem::path folder = std::filesystem::path(UNIMO_SHARED_DATA) / "cnndm";
    return read_pairs(folder / "test.simcls.output", folder / "test.target.tokenized",
                      lines_at_end_marks);
  }
  return read_pairs(golden(golden_name(name + ".cand.txt")), golden(golden_name(name + ".ref.txt")),
                    split_at_q);
}

SummaryItem item(std::string candidate, std::string reference) {
  return {std::move(candidate), {std::move(reference)}};
}

std::vector<SummaryItem> some_items() {
  return {item("the cat sat on the mat .\nit slept .", "a cat was sitting on a mat .\nit sleeps"),
          item("dogs run", "the dogs were running home"), item("", "nothing was said"),
          item("well - known facts", "facts\nthat are well known"),
          item("one\ntwo\nthree", "three two one")};
}

Rouge155 score(const std::vector<SummaryItem>& items, const Rouge155Options& options = {}) {
  return rouge155(items, options).value();
}

// Of one item, without exception lists.
std::array<RougeTriple, kRougeMeasures> score_one(std::string candidate,
                                                  std::vector<std::string> references) {
  return score({{std::move(candidate), std::move(references)}}).documents[0];
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

}  // namespace

TEST_P(Rouge155Run, AveragesAsThePerlProgram) {
  UNIMO_NEEDS_GOLDEN(golden_name(GetParam() + ".scores.json"));
  const Json expected = golden_json(golden_name(GetParam() + ".scores.json"))["scores"];
  const auto items = items_of(GetParam());
  for (const auto& [setting, values] : expected.items()) {
    const Rouge155 scores = score(items, options_for(setting, DocumentOrder::kLineNumber));
    expect_averages(scores, values["average"], setting);
    expect_plain_means(scores, values["plain_mean"], setting);
  }
}

INSTANTIATE_TEST_SUITE_P(Runs, Rouge155Run,
                         testing::Values("cnndm_simcls_first300", "gigaword_test_lead8",
                                         "cnndm_simcls_full11490"),
                         [](const auto& test) { return test.param; });

class Rouge155Documents : public testing::TestWithParam<std::string> {};

TEST_P(Rouge155Documents, ScoreAsThePerlProgram) {
  const std::string published = golden_name(GetParam() + ".published_perdoc.tsv");
  const bool is_published = std::filesystem::exists(golden(published));
  const std::string file = is_published ? published : golden_name(GetParam() + ".perdoc.tsv");
  UNIMO_NEEDS_GOLDEN(file);
  const auto options = options_for("exceptions_full", DocumentOrder::kPyrouge);
  expect_documents(score(items_of(GetParam()), options), golden(file));
}

INSTANTIATE_TEST_SUITE_P(Runs, Rouge155Documents,
                         testing::Values("cnndm_simcls_first300", "gigaword_test_lead8",
                                         "realsumm_first60.unilm_out_v1",
                                         "realsumm_first60.unilm_out_v2",
                                         "realsumm_first60.bart_out"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST(Rouge155, MeetsTheFullRunsPublishedValues) {
  UNIMO_NEEDS_GOLDEN(golden_name("cnndm_simcls_full11490.scores.json"));
  const Json published =
      golden_json(golden_name("cnndm_simcls_full11490.scores.json"))["published"];
  const auto items = items_of("cnndm_simcls_full11490");
  const Rouge155 scores = score(items, options_for("exceptions_full", DocumentOrder::kPyrouge));
  for (std::size_t i = 0; i < kRougeMeasures; ++i) {
    EXPECT_NEAR(100 * scores.corpus[i].f.mean, published[kNames[i]].get<double>(), 0.01)
        << kNames[i];
  }
}

TEST(Rouge155, AveragesInBothOrdersOfDocuments) {
  UNIMO_NEEDS_GOLDEN(golden_name("bootstrap.json"));
  const Json expected = golden_json(golden_name("bootstrap.json"))["cnndm_simcls_first300"];
  const auto items = items_of("cnndm_simcls_first300");
  ASSERT_EQ(expected.size(), 2u);
  for (const auto& [name, values] : expected.items()) {
    const auto order =
        name == "eval id = line number" ? DocumentOrder::kLineNumber : DocumentOrder::kPyrouge;
    const Rouge155 scores = score(items, options_for("exceptions_full", order));
    for (std::size_t i = 0; i < kRougeMeasures; ++i) {
      const Json& printed = values[kNames[i] + " F"];
      const Estimate& seen = scores.corpus[i].f;
      EXPECT_EQ(fmt::format("{:.5f}", seen.mean), printed["boot_mean"].get<std::string>()) << name;
      EXPECT_EQ(fmt::format("{:.5f}", seen.low), printed["ci_low"].get<std::string>()) << name;
      EXPECT_EQ(fmt::format("{:.5f}", seen.high), printed["ci_high"].get<std::string>()) << name;
    }
  }
}

TEST(Rouge155, DrawsDocumentsAsPerlDoes) {
  UNIMO_NEEDS_GOLDEN(golden_name("bootstrap.json"));
  const Json draws = golden_json(golden_name("bootstrap.json"))["indices"];
  for (const auto& [name, expected] : draws.items()) {
    unsigned seed = 0, count = 0;
    ASSERT_EQ(std::sscanf(name.c_str(), "seed %u, n %u", &seed, &count), 2) << name;
    PerlRandom random(seed);
    for (const Json& index : expected) {
      EXPECT_EQ(random.below(count), index.get<std::size_t>()) << name;
    }
  }
}

TEST(Rouge155, FollowsEachQuirkOfThePerlProgram) {
  UNIMO_NEEDS_GOLDEN(golden_name("quirks.json"));
  for (const Json& quirk : golden_json(golden_name("quirks.json"))["cases"]) {
    const std::vector<SummaryItem> items = {
        item(one_line_each(quirk["cand"]), one_line_each(quirk["ref"]))};
    for (const std::string setting : {"exceptions_full", "exceptions_empty", "nostem"}) {
      const Rouge155 scores = score(items, options_for(setting, DocumentOrder::kPyrouge));
      for (std::size_t i = 0; i < kRougeMeasures; ++i) {
        expect_triple(scores.documents[0][i],
                      quirk[setting][kNames[i]].get<std::array<double, 3>>(),
                      quirk["name"].get<std::string>() + ", " + setting + ", " + kNames[i]);
      }
    }
  }
}

TEST(Rouge155, GivesTheValuesThatGoogleGotFromPerl) {
  UNIMO_NEEDS_GOLDEN(golden_name("google_rouge_small.json"));
  for (const Json& entry : golden_json(golden_name("google_rouge_small.json"))["cases"]) {
    const bool stem = entry["stem"].get<bool>();
    const std::vector<SummaryItem> items = {
        item(one_line_each(entry["cand"]), one_line_each(entry["ref"]))};
    const Rouge155 scores =
        score(items, options_for(stem ? "exceptions_full" : "nostem", DocumentOrder::kPyrouge));
    for (std::size_t i = 0; i < kRougeMeasures; ++i) {
      expect_triple(scores.documents[0][i],
                    entry["perl_here"][kNames[i]].get<std::array<double, 3>>(), kNames[i]);
    }
  }
}

TEST(Rouge155, OfAPerfectSummaryIsOne) {
  for (const RougeTriple& triple : score_one("a cat sat\non the mat", {"a cat sat\non the mat"})) {
    expect_triple(triple, {1, 1, 1}, "perfect");
  }
}

TEST(Rouge155, OfAnEmptyCandidateIsZeroAndCounts) {
  const Rouge155 scores = score({item("", "a b"), item("a b", "a b")});
  expect_triple(scores.documents[0][kRouge1], {0, 0, 0}, "empty");
  EXPECT_LT(scores.corpus[kRouge1].f.mean, 0.6);
}

TEST(Rouge155, OfNothingIsZero) {
  const Rouge155 scores = score({});
  EXPECT_EQ(scores.corpus[kRouge1].f.mean, 0);
  EXPECT_TRUE(scores.documents.empty());
}

TEST(Rouge155, AddsUpSeveralReferences) {
  // hits 2 and 1, reference words 2 and 4, candidate words twice 3
  expect_triple(score_one("a b c", {"a b", "c x y z"})[kRouge1],
                {five_decimals(3.0 / 6), five_decimals(3.0 / 6), 0.5}, "two references");
}

TEST(Rouge155, RefusesAnItemWithoutReference) {
  const auto scores = rouge155(std::vector<SummaryItem>{item("a", "a"), {"b", {}}}, {});
  ASSERT_FALSE(scores.has_value());
  EXPECT_EQ(scores.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(scores.error().message, HasSubstr("summary 2 of 2 has no reference"));
}

TEST(Rouge155, ScoresTheSameOnAnyNumberOfThreads) {
  std::vector<SummaryItem> items;
  for (int i = 0; i < 100; ++i) {
    for (SummaryItem& next : std::vector(some_items())) items.push_back(std::move(next));
  }
  const Rouge155 one = score(items, {.threads = 1});
  const Rouge155 three = score(items, {.threads = 3});
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (std::size_t k = 0; k < kRougeMeasures; ++k) {
      EXPECT_EQ(one.documents[i][k].f, three.documents[i][k].f);
    }
  }
  for (std::size_t k = 0; k < kRougeMeasures; ++k) {
    EXPECT_EQ(one.corpus[k].f.mean, three.corpus[k].f.mean);
    EXPECT_EQ(one.corpus[k].f.low, three.corpus[k].f.low);
  }
}

TEST(Rouge155, ScoresADocumentAloneAsAmongOthers) {
  const auto items = some_items();
  const Rouge155 together = score(items);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Rouge155 alone = score({items[i]});
    for (std::size_t k = 0; k < kRougeMeasures; ++k) {
      EXPECT_EQ(alone.documents[0][k].f, together.documents[i][k].f) << i;
      EXPECT_EQ(alone.corpus[k].f.mean, together.documents[i][k].f) << i;
    }
  }
}

TEST(Rouge155, ScoresDocumentsTheSameInAnyOrder) {
  auto items = some_items();
  const Rouge155 scores = score(items);
  std::reverse(items.begin(), items.end());
  const Rouge155 reversed = score(items);
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (std::size_t k = 0; k < kRougeMeasures; ++k) {
      EXPECT_EQ(scores.documents[i][k].f, reversed.documents[items.size() - 1 - i][k].f);
    }
  }
}

TEST(Rouge155, TakesAnyBytes) {
  const std::string bytes = std::string("ab\0cd \xFF\xFE gh", 11);
  expect_triple(score_one(bytes, {"ab cd gh"})[kRouge1], {1, 1, 1}, "bytes");
}

TEST(Rouge155, ScoresALongWordThatStemsAsAnyOther) {
  const std::string word = repeated("yb", 500'000);
  expect_triple(score_one(word + "s", {word})[kRouge1], {1, 1, 1}, "long word");
}

TEST(Rouge155, ScoresSentencesOfAHundredThousandWords) {
  const auto scores = score_one(repeated("a b ", 50'000), {repeated("b c ", 50'000)});
  expect_triple(scores[kRouge1], {0.5, 0.5, 0.5}, "ROUGE-1");
  expect_triple(scores[kRougeL], {0.5, 0.5, 0.5}, "ROUGE-L");
}

TEST(Rouge155, SaysHowItWasMade) {
  const std::vector<SummaryItem> items = {item("a", "a"), {"b", {"b", "c"}}};
  EXPECT_EQ(rouge155_signature(items, {}),
            "rouge155|n:1-2,L|summaries:2|refs:1-2|stem:porter-1.5.5|f:0.5|average:bootstrap-1000|"
            "ci:95|order:pyrouge|scale:100|version:1");
  UNIMO_NEEDS_GOLDEN("../rouge155");
  EXPECT_THAT(rouge155_signature(items, {.exceptions = &exceptions()}),
              HasSubstr("|stem:porter-1.5.5+exceptions:bc9f324a3b8a|"));
}

TEST(FiveDecimals, RoundAsPrintfDoes) {
  for (int denominator = 1; denominator < 400; ++denominator) {
    for (int hits = 0; hits <= denominator; ++hits) {
      const double value = static_cast<double>(hits) / denominator;
      ASSERT_EQ(five_decimals(value), std::stod(fmt::format("{:.5f}", value))) << value;
    }
  }
  // Exactly half-way, which only multiples of 1/64 and the like can be.
  for (const double value : {0.015625 / 32, 0.046875 / 32, 1.0 / 64, 3.0 / 64, 0.5}) {
    EXPECT_EQ(five_decimals(value), std::stod(fmt::format("{:.5f}", value))) << value;
  }
}

TEST(BootstrapOrder, IsThatOfNumbersAsTexts) {
  EXPECT_EQ(bootstrap_order(12, DocumentOrder::kLineNumber),
            (std::vector<std::size_t>{0, 9, 10, 11, 1, 2, 3, 4, 5, 6, 7, 8}));
  // Files 0, 1, 10, 11, 2, … are numbered 1, 2, 3, ….
  EXPECT_EQ(bootstrap_order(12, DocumentOrder::kPyrouge),
            (std::vector<std::size_t>{0, 7, 8, 9, 1, 10, 11, 2, 3, 4, 5, 6}));
}

TEST(RougeStemmer, TakesTheExceptionListBeforeTheStemmer) {
  UNIMO_NEEDS_GOLDEN("../rouge155");
  EXPECT_EQ(exceptions().size(), 5930u);
  EXPECT_EQ(rouge_stem("children", &exceptions()), "child");
  EXPECT_EQ(rouge_stem("better", &exceptions()), "well");
  EXPECT_EQ(rouge_stem("better", nullptr), "better");
  EXPECT_EQ(rouge_stem("was", &exceptions()), "was");  // three letters
}

TEST(RougeStemmer, DiffersFromThePaperWhereTheProgramDoes) {
  const std::vector<std::pair<std::string, std::string>> words = {
      {"possibly", "possibl"},   {"geology", "geologi"},
      {"biology", "biologi"},    {"archaeology", "archaeolog"},
      {"replacement", "replac"}, {"adjustment", "adjust"},
      {"adoption", "adopt"},     {"yearly", "yearli"},
      {"enjoying", "enjoi"},     {"hopping", "hop"},
      {"falling", "fall"},       {"filing", "file"},
      {"agreed", "agre"},        {"controlling", "control"},
      {"1990s", "1990"}};
  for (const auto& [word, stem] : words) EXPECT_EQ(rouge_stem(word, nullptr), stem) << word;
}

TEST(ExceptionLists, NameTheLineWithoutABaseForm) {
  const TempDir folder = TempDir::make("exceptions").value();
  for (const char* name : {"adj.exc", "adv.exc", "verb.exc"}) {
    ASSERT_TRUE(write_file(folder.path() / name, "").has_value());
  }
  ASSERT_TRUE(write_file(folder.path() / "noun.exc", "mice mouse\n\ngeese\n").has_value());
  const auto lists = ExceptionLists::load(folder.path());
  ASSERT_FALSE(lists.has_value());
  EXPECT_EQ(lists.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(lists.error().message, HasSubstr("noun.exc:3: \"geese\" has no base form"));
}

TEST(ExceptionLists, NeedAllFourFiles) {
  const TempDir folder = TempDir::make("exceptions").value();
  const auto lists = ExceptionLists::load(folder.path());
  ASSERT_FALSE(lists.has_value());
  EXPECT_THAT(lists.error().message, HasSubstr("adj.exc"));
}

}  // namespace unimo::eval
