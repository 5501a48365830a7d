#include <gtest/gtest.h>

#include "orchestrator/base/fields.h"
#include "orchestrator/base/file.h"
#include "orchestrator/base/hash.h"
#include "orchestrator/base/process.h"
#include "orchestrator/stage/event.h"

namespace unimo {
namespace {

struct Optimizer {
  double lr = 5e-5;
  int warmup = 10;
};
template <class V>
void visit(V& v, Optimizer& c) {
  v.field("lr", c.lr, positive(), "peak rate");
  v.field("warmup", c.warmup, not_negative(), "steps");
}
struct Config {
  Optimizer optimizer;
  std::string task = "vqa";
  std::vector<int> seeds{1};
};
template <class V>
void visit(V& v, Config& c) {
  v.field("optimizer", c.optimizer, "rates");
  v.field("task", c.task, one_of({"vqa", "cola"}), "benchmark");
  v.field("seeds", c.seeds, not_negative(), "seeds");
}

TEST(Fields, ReportsEveryMistakeAtOnceWithItsPath) {
  std::vector<FieldError> errors;
  const Json raw =
      Json::parse(R"({"optimizer":{"lrr":1,"lr":-2,"warmup":1.5},"task":"vqaa","seeds":[1,"x"]})");
  (void)read_fields<Config>(raw, errors);
  std::vector<std::string> paths;
  for (const auto& error : errors) paths.push_back(error.path);
  EXPECT_EQ(paths, (std::vector<std::string>{"optimizer.lr", "optimizer.warmup", "optimizer.lrr",
                                             "task", "seeds[1]"}));
  EXPECT_EQ(errors[2].message, "unknown key \"lrr\", did you mean lr?");
}

TEST(Fields, WritesTheCompleteStructSoThatAChangedDefaultShows) {
  EXPECT_EQ(canonical_text(write_fields(Config{})),
            R"({"optimizer":{"lr":5e-05,"warmup":10},"seeds":[1],"task":"vqa"})");
}

TEST(Json, RefusesADuplicateKey) {
  const auto document = parse_json("{\"a\":1,\n\"a\":2}", "x.json");
  ASSERT_FALSE(document.has_value());
  EXPECT_EQ(document.error().message, "x.json: the key \"a\" stands twice in one object");
}

TEST(Json, RefusesANumberThatNoDoubleHolds) {
  const auto document = parse_json(R"({"lr": 1e999})", "x.json");
  ASSERT_FALSE(document.has_value());
  EXPECT_NE(document.error().message.find("x.json: not usable JSON"), std::string::npos);
  EXPECT_NE(document.error().message.find("1e999"), std::string::npos);
}

TEST(Json, RefusesDocumentsNestedBeyondMeasure) {
  const std::string fine = std::string(400, '[') + std::string(400, ']');
  EXPECT_TRUE(parse_json(fine, "x.json").has_value());
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  const auto document = parse_json(deep, "x.json");
  ASSERT_FALSE(document.has_value());
  EXPECT_NE(document.error().message.find("500 deep"), std::string::npos);
}

TEST(Json, NamesTheLineOfASyntaxError) {
  const auto document = parse_json("{\n\"a\":,\n}", "x.json");
  ASSERT_FALSE(document.has_value());
  EXPECT_TRUE(document.error().message.starts_with("x.json:2: not valid JSON"))
      << document.error().message;
}

TEST(Hash, FieldsAreDelimited) {
  Sha256 first;
  first.field("ab", "c");
  Sha256 second;
  second.field("a", "bc");
  EXPECT_NE(first.hex(), second.hex());
}

TEST(Hash, MatchesThePublishedVector) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Hash, Sha1NamesWhatOthersNamedByIt) {
  EXPECT_EQ(sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST(FileLock, SaysWhoHoldsIt) {
  auto folder = TempDir::make("unimo-test-");
  ASSERT_TRUE(folder.has_value());
  const auto first = FileLock::try_acquire(folder->path() / "lock", "run 7");
  ASSERT_TRUE(first.has_value());
  const auto second = FileLock::try_acquire(folder->path() / "lock", "run 8");
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(FileLock::holder(folder->path() / "lock"), "run 7");
  EXPECT_NE(second.error().message.find("held by run 7"), std::string::npos)
      << second.error().message;
}

TEST(RemoveTree, RemovesLinksThatLeadNowhereOrInACircle) {
  const auto folder = TempDir::make("unimo-test-");
  ASSERT_TRUE(folder.has_value());
  const auto tree = folder->path() / "tree";
  std::filesystem::create_directories(tree / "inner");
  std::filesystem::create_symlink("loop", tree / "loop");
  std::filesystem::create_symlink("gone", tree / "dangling");
  std::filesystem::create_directory_symlink(tree, tree / "inner" / "again");
  EXPECT_TRUE(remove_tree(tree).has_value());
  EXPECT_FALSE(std::filesystem::exists(tree));
}

TEST(Process, AProgramThatDoesNotExistIsAnErrorAtStart) {
  const auto child = start_child({.argv = {"/no/such/program"}});
  ASSERT_FALSE(child.has_value());
  EXPECT_EQ(child.error().code, ErrorCode::kNotFound);
}

TEST(Process, FindsAChildByItsEnvironmentAndReportsTheKillingSignal) {
  const auto child =
      start_child({.argv = {"sleep", "30"}, .environment = {{"UNIMO_TOKEN", "test-token-81"}}});
  ASSERT_TRUE(child.has_value());
  EXPECT_EQ(processes_with_environment("UNIMO_TOKEN", "test-token-81"), std::vector<pid_t>{*child});
  signal_group(*child, SIGKILL);
  const auto exit = wait_child(*child);
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->signal, SIGKILL);
}

TEST(Event, SurvivesTheRoundTripAlsoWithNan) {
  const Event event{
      .type = EventType::kMetric, .time_ms = 5, .name = "loss", .step = 3, .value = NAN};
  const auto back = parse_event(event_line(event));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->name, "loss");
  EXPECT_EQ(back->step, 3);
  EXPECT_TRUE(std::isnan(back->value));
}

}  // namespace
}  // namespace unimo
