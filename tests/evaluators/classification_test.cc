#include "evaluators/classification.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "orchestrator/base/file.h"
#include "tests/evaluators/golden.h"

namespace unimo::eval {

namespace {

using Labels = std::vector<std::string>;

struct Predictions {
  Labels gold;
  Labels predicted;
};

// index, label, prediction; one header line.
Predictions golden_predictions(const std::string& name) {
  Predictions predictions;
  const auto lines = read_lines(golden("glue/" + name + ".preds.tsv")).value();
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::size_t first = lines[i].find('\t');
    const std::size_t second = lines[i].find('\t', first + 1);
    predictions.gold.push_back(lines[i].substr(first + 1, second - first - 1));
    predictions.predicted.push_back(lines[i].substr(second + 1));
  }
  return predictions;
}

Labels labels(const Json& list) {
  Labels result;
  for (const Json& value : list) result.push_back(value.dump());
  return result;
}

Labels repeated(std::initializer_list<std::pair<std::size_t, const char*>> runs) {
  Labels result;
  for (const auto& [count, label] : runs) result.insert(result.end(), count, label);
  return result;
}

// The golden file describes the case with large counts instead of listing it.
Predictions edge_case(const Json& entry) {
  if (entry["pred"].is_array()) return {labels(entry["label"]), labels(entry["pred"])};
  return {repeated({{30'000, "1"}, {20'000, "0"}, {40'000, "0"}, {10'000, "1"}}),
          repeated({{50'000, "1"}, {50'000, "0"}})};
}

std::size_t count_of(const Confusion& confusion, const std::string& gold,
                     const std::string& predicted) {
  const auto place = [&](const std::string& label) {
    return std::find(confusion.labels.begin(), confusion.labels.end(), label) -
           confusion.labels.begin();
  };
  const auto row = static_cast<std::size_t>(place(gold));
  const auto column = static_cast<std::size_t>(place(predicted));
  const std::size_t size = confusion.labels.size();
  return row < size && column < size ? confusion.counts[row][column] : 0;
}

void expect_counts(const Confusion& confusion, const Json& expected) {
  EXPECT_EQ(count_of(confusion, "1", "1"), expected["tp"].get<std::size_t>());
  EXPECT_EQ(count_of(confusion, "0", "0"), expected["tn"].get<std::size_t>());
  EXPECT_EQ(count_of(confusion, "0", "1"), expected["fp"].get<std::size_t>());
  EXPECT_EQ(count_of(confusion, "1", "0"), expected["fn"].get<std::size_t>());
}

class GlueAccuracy : public testing::TestWithParam<std::string> {};

}  // namespace

TEST_P(GlueAccuracy, IsThatOfTheGoldenFile) {
  UNIMO_NEEDS_GOLDEN("glue");
  const Json expected = golden_json("glue/results.json")[GetParam()];
  const Predictions predictions = golden_predictions(GetParam());
  const Confusion confusion = count_confusion(predictions.gold, predictions.predicted);
  EXPECT_EQ(confusion.items, expected["n"].get<std::size_t>());
  EXPECT_NEAR(accuracy(confusion), expected["accuracy"].get<double>(), 1e-12);
}

INSTANTIATE_TEST_SUITE_P(Tasks, GlueAccuracy,
                         testing::Values("SST-2.dev", "CoLA.dev", "MNLI.matched",
                                         "MNLI.mismatched"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::erase_if(name, [](char c) { return c == '-' || c == '.'; });
                           return name;
                         });

TEST(Matthews, OfColaIsThatOfTheGoldenFile) {
  UNIMO_NEEDS_GOLDEN("glue");
  const Json expected = golden_json("glue/results.json")["CoLA.dev"];
  const Predictions predictions = golden_predictions("CoLA.dev");
  const Confusion confusion = count_confusion(predictions.gold, predictions.predicted);
  expect_counts(confusion, expected);
  EXPECT_NEAR(matthews_correlation(confusion), expected["mcc_sklearn_convention"].get<double>(),
              1e-12);
}

TEST(Matthews, FollowsScikitLearnAtTheEdges) {
  UNIMO_NEEDS_GOLDEN("glue");
  const Json cases = golden_json("glue/edge_cases.json")["mcc"];
  for (const Json& entry : cases) {
    const Predictions predictions = edge_case(entry);
    const Confusion confusion = count_confusion(predictions.gold, predictions.predicted);
    expect_counts(confusion, entry);
    EXPECT_NEAR(matthews_correlation(confusion), entry["mcc_sklearn_convention"].get<double>(),
                1e-12)
        << entry["name"];
    EXPECT_NEAR(accuracy(confusion), entry["accuracy"].get<double>(), 1e-12) << entry["name"];
  }
}

TEST(Matthews, OfThreeLabelsIsTheMultiClassForm) {
  // 2 of 4 correct; the labels occur 1, 1 and 2 times in both.
  const Labels gold = {"a", "b", "c", "c"};
  const Labels predicted = {"a", "c", "c", "b"};
  const double above = 2.0 * 4 - (1 * 1 + 1 * 1 + 2 * 2);
  const double spread = 16 - (1 + 1 + 4);
  EXPECT_NEAR(matthews_correlation(count_confusion(gold, predicted)), above / spread, 1e-15);
}

TEST(Classification, CountsSnliVeAsTheGoldenFile) {
  UNIMO_NEEDS_GOLDEN("snli_ve");
  const Json expected = golden_json("snli_ve/expected.json");
  std::map<std::string, std::string> predicted_of;
  const auto prediction_lines = read_lines(golden("snli_ve/predictions.jsonl")).value();
  for (const std::string& line : prediction_lines) {
    const Json entry = Json::parse(line);
    predicted_of[entry["pairID"].get<std::string>()] = entry["prediction"].get<std::string>();
  }
  const auto gold_file = std::filesystem::path(UNIMO_SHARED_DATA) /
                         expected["gold_file"].get_ref<const std::string&>();
  const auto gold_lines = read_lines(gold_file).value();
  Labels gold, predicted;
  for (const std::string& line : gold_lines) {
    const Json entry = Json::parse(line);
    gold.push_back(entry["gold_label"].get<std::string>());
    predicted.push_back(predicted_of.at(entry["pairID"].get<std::string>()));
  }
  const Confusion confusion = count_confusion(gold, predicted);
  EXPECT_EQ(confusion.items, expected["n"].get<std::size_t>());
  EXPECT_NEAR(accuracy(confusion), expected["accuracy"].get<double>(), 1e-12);
  for (const LabelScores& label : label_scores(confusion)) {
    EXPECT_EQ(label.gold, expected["per_label"][label.label]["n"].get<std::size_t>());
    EXPECT_NEAR(label.recall, expected["per_label"][label.label]["accuracy"].get<double>(), 1e-12);
    for (const std::string& other : confusion.labels) {
      EXPECT_EQ(Json(count_of(confusion, label.label, other)),
                expected["confusion_gold_by_pred"][label.label][other]);
    }
  }
}

TEST(Classification, GivesPrecisionRecallAndF1OfEachLabel) {
  const auto scores = label_scores(count_confusion(Labels{"x", "x", "x", "y"},  //
                                                   Labels{"x", "x", "y", "z"}));
  ASSERT_EQ(scores.size(), 3U);
  EXPECT_DOUBLE_EQ(scores[0].precision, 1);
  EXPECT_DOUBLE_EQ(scores[0].recall, 2.0 / 3);
  EXPECT_DOUBLE_EQ(scores[0].f1, 0.8);
  EXPECT_EQ(scores[1].predicted, 1U);
  EXPECT_EQ(scores[1].f1, 0);
  EXPECT_EQ(scores[2].gold, 0U);
  EXPECT_EQ(scores[2].recall, 0);
}

TEST(Classification, OfPerfectPredictionsIsOne) {
  const Labels gold = {"a", "b", "c", "a"};
  const Confusion confusion = count_confusion(gold, gold);
  EXPECT_EQ(accuracy(confusion), 1);
  EXPECT_DOUBLE_EQ(matthews_correlation(confusion), 1);
}

TEST(Classification, OfNoItemsIsZero) {
  const Confusion confusion = count_confusion({}, {});
  EXPECT_EQ(accuracy(confusion), 0);
  EXPECT_EQ(matthews_correlation(confusion), 0);
  EXPECT_TRUE(label_scores(confusion).empty());
}

TEST(Classification, DoesNotDependOnTheOrderOfItems) {
  Labels gold = {"a", "b", "b", "c", "a"};
  Labels predicted = {"a", "b", "c", "c", "b"};
  const Confusion forward = count_confusion(gold, predicted);
  std::reverse(gold.begin(), gold.end());
  std::reverse(predicted.begin(), predicted.end());
  EXPECT_EQ(count_confusion(gold, predicted).counts, forward.counts);
}

TEST(Classification, SaysWhatItWasMadeFrom) {
  const Confusion confusion = count_confusion(Labels{"1", "0"}, Labels{"1", "1"});
  EXPECT_EQ(accuracy_signature(confusion), "accuracy|items:2|labels:2|scale:100|version:1");
  EXPECT_EQ(matthews_signature(confusion), "matthews|items:2|labels:2|zero:0|scale:100|version:1");
}

}  // namespace unimo::eval
