// ROUGE-1.5.5 against values that the Perl program printed, published ones among them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "evaluators/generated_text.h"
#include "evaluators/rouge155.h"
#include "orchestrator/base/file.h"
#include "tests/evaluators/golden.h"
#include "tests/evaluators/rouge_cases.h"

namespace unimo::eval {

namespace {

using testing::HasSubstr;

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
        summary_item(one_line_each(quirk["cand"]), one_line_each(quirk["ref"]))};
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
        summary_item(one_line_each(entry["cand"]), one_line_each(entry["ref"]))};
    const Rouge155 scores =
        score(items, options_for(stem ? "exceptions_full" : "nostem", DocumentOrder::kPyrouge));
    for (std::size_t i = 0; i < kRougeMeasures; ++i) {
      expect_triple(scores.documents[0][i],
                    entry["perl_here"][kNames[i]].get<std::array<double, 3>>(), kNames[i]);
    }
  }
}

TEST(Rouge155, NamesTheExceptionListsInItsSignature) {
  UNIMO_NEEDS_GOLDEN("../rouge155");
  EXPECT_THAT(rouge155_signature({}, {.exceptions = &exceptions()}),
              HasSubstr("|stem:porter-1.5.5+exceptions:bc9f324a3b8a|"));
}

}  // namespace unimo::eval
