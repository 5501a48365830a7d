#include "stages/ingest/text/near_duplicates.h"

#include <gtest/gtest.h>

#include <random>

#include "orchestrator/base/file.h"
#include "stages/ingest/text/ordered_workers.h"

namespace unimo::stages {
namespace {

std::string words(std::uint32_t seed, int count) {
  std::mt19937 random(seed);
  std::string text;
  for (int i = 0; i < count; ++i) text += "w" + std::to_string(random() % 5000) + " ";
  return text;
}

std::vector<bool> find(const std::vector<std::string>& texts, const MinHashOptions& options) {
  const TempDir folder = TempDir::make("near-").value();
  auto near = NearDuplicates::create(folder.path(), options).value();
  for (const std::string& text : texts) EXPECT_TRUE(near.add(signature_of(text, options)));
  return near.find().value();
}

TEST(NearDuplicates, AreFoundAfterTheirFirst) {
  const std::string text = words(1, 400);
  const std::string changed = text.substr(0, text.size() - 12) + "another end of it";
  EXPECT_EQ(find({text, words(2, 400), changed, words(3, 400), text}, {}),
            (std::vector<bool>{false, false, true, false, true}));
}

TEST(NearDuplicates, NeedTheThreshold) {
  const std::string text = words(1, 200);
  const std::string half = text + words(9, 200);  // half of its shingles are the other's
  EXPECT_EQ(find({text, half}, {.permutations = 128, .bands = 64, .threshold = 0.9}),
            (std::vector<bool>{false, false}));
  EXPECT_EQ(find({text, half}, {.permutations = 128, .bands = 64, .threshold = 0.3}),
            (std::vector<bool>{false, true}));
}

TEST(NearDuplicates, ShortTextsAreLikeNoOther) {
  EXPECT_TRUE(signature_of("only four words here", {}).empty());
  EXPECT_EQ(find({"only four words here", "only four words here"}, {}),
            (std::vector<bool>{false, false}));
}

TEST(NearDuplicates, SignaturesEstimateWhatIsInCommon) {
  const std::string a = words(5, 1000);
  EXPECT_DOUBLE_EQ(similarity(signature_of(a, {}), signature_of(a, {})), 1);
  EXPECT_LT(similarity(signature_of(a, {}), signature_of(words(6, 1000), {})), 0.05);
  const double half = similarity(signature_of(a, {}), signature_of(a + words(7, 1000), {}));
  EXPECT_NEAR(half, 0.5, 0.15);
}

TEST(NearDuplicates, RefuseBandsThatDoNotDivide) {
  const TempDir folder = TempDir::make("near-").value();
  EXPECT_FALSE(NearDuplicates::create(folder.path(), {.permutations = 100, .bands = 16}));
}

TEST(ContentHash, MindsWordsAlone) {
  EXPECT_EQ(content_hash("Hello, World!"), content_hash("hello world\n"));
  EXPECT_NE(content_hash("hello world"), content_hash("helloworld"));
}

TEST(OrderedWorkers, GiveResultsInTheOrderOfTheItems) {
  for (const int threads : {1, 4}) {
    OrderedWorkers<int, int> workers(threads, [](int& item) { return item * 2; });
    int taken = 0;
    for (int i = 0; i < 1000; ++i) {
      workers.put(i);
      while (workers.waiting() > 20) EXPECT_EQ(workers.take(), 2 * taken++);
    }
    while (workers.waiting() > 0) EXPECT_EQ(workers.take(), 2 * taken++);
    EXPECT_EQ(taken, 1000);
  }
}

}  // namespace
}  // namespace unimo::stages
