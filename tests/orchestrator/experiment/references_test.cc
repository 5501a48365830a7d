#include "orchestrator/experiment/references.h"

#include <gtest/gtest.h>

namespace unimo {
namespace {

Json replaced(const Json& value, const Json& known) {
  const PlaceMap places;
  Mistakes mistakes(places);
  const auto lookup = [&](const std::string& name) -> Result<std::optional<Json>> {
    if (known.contains(name)) return std::optional<Json>(known[name]);
    return std::optional<Json>();
  };
  Json result = replace_references(value, "", lookup, mistakes);
  EXPECT_TRUE(mistakes.empty()) << mistakes.status().error().message;
  return result;
}

TEST(References, KeepTheTypeOfASingleReference) {
  const Json known{{"n", 3}, {"list", {1, 2}}, {"yes", true}};
  EXPECT_EQ(replaced("${n}", known), Json(3));
  EXPECT_EQ(replaced("${list}", known), Json({1, 2}));
  EXPECT_EQ(replaced({{"a", {"${yes}"}}}, known), Json::parse(R"({"a": [true]})"));
}

TEST(References, AreWrittenOutInsideLongerTexts) {
  EXPECT_EQ(replaced("${dir}/part-${n}.txt", {{"dir", "/data"}, {"n", 3}}),
            Json("/data/part-3.txt"));
}

TEST(References, LeaveUnknownNamesForTheNextRound) {
  const Json half = replaced("${a}-${task}", {{"a", 1}});
  EXPECT_EQ(half, Json("1-${task}"));
  EXPECT_EQ(fill_template(half, {{"task", "vqa"}}), Json("1-vqa"));
  EXPECT_EQ(fill_template("${matrix.task}", {{"task", 5}}), Json(5));
}

TEST(References, DollarDollarIsALiteralThroughBothRounds) {
  const Json half = replaced("$${HOME}/${a}", {{"a", "x"}});
  EXPECT_EQ(fill_template(half, Json::object()), Json("${HOME}/x"));
}

TEST(References, InAValueAreNotReadAgain) {
  const Json half = replaced("<${a}>", {{"a", "${task}"}});
  EXPECT_EQ(fill_template(half, {{"task", "vqa"}}), Json("<${task}>"));
}

TEST(References, AMappingCannotStandInsideAText) {
  const PlaceMap places;
  Mistakes mistakes(places);
  replace_references(
      "x ${m}", "p", [](const std::string&) { return Result<std::optional<Json>>(Json::object()); },
      mistakes);
  EXPECT_FALSE(mistakes.empty());
}

TEST(References, UnclosedOnesAreMistakes) {
  EXPECT_FALSE(split_references("a ${b"));
  EXPECT_FALSE(split_references("a ${}"));
  EXPECT_TRUE(split_references("a $b {c}"));
}

}  // namespace
}  // namespace unimo
