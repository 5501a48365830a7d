#include "orchestrator/engine/cache_key.h"

#include <gtest/gtest.h>

namespace unimo {
namespace {

std::vector<KeyPart> parts(const std::string& params, const std::string& seed = "1",
                           const std::string& input = "aa") {
  return {{"kind", "train"}, {"params", params}, {"seed", seed}, {"input.data", input}};
}

TEST(CacheKey, DoesNotDependOnTheOrderOfParts) {
  std::vector<KeyPart> reversed = parts("{}");
  std::reverse(reversed.begin(), reversed.end());
  EXPECT_EQ(make_key(parts("{}")).digest, make_key(reversed).digest);
}

TEST(CacheKey, EveryPartMatters) {
  const std::string digest = make_key(parts("{}")).digest;
  EXPECT_NE(digest, make_key(parts("{\"a\":1}")).digest);
  EXPECT_NE(digest, make_key(parts("{}", "2")).digest);
  EXPECT_NE(digest, make_key(parts("{}", "1", "ab")).digest);
}

TEST(CacheKey, NamesEveryParameterThatDiffers) {
  EXPECT_EQ(key_difference(parts(R"({"optimizer":{"lr":5e-05,"w":1},"old":2})"),
                           parts(R"({"optimizer":{"lr":1e-05,"w":1},"new":"x"})", "3")),
            "new: new, \"x\"; old: gone, was 2; optimizer.lr: 5e-05 -> 1e-05; seed: 1 -> 3");
}

TEST(CacheKey, ShowsInputsByTheBeginningOfTheirDigests) {
  const std::string before(64, 'a'), now(64, 'b');
  EXPECT_EQ(key_difference(parts("{}", "1", before), parts("{}", "1", now)),
            "input.data: aaaaaaaaaaaa -> bbbbbbbbbbbb");
  EXPECT_EQ(key_difference(parts("{}", "1", before), parts("{}", "1", before + "\n" + now)),
            "input.data: 1 items -> 2 items");
  EXPECT_EQ(key_difference(parts("{}"), parts("{}")), "");
}

TEST(CacheKey, ShortensLongLists) {
  EXPECT_EQ(json_differences(Json::parse(R"({"a":1,"b":1,"c":1})"),
                             Json::parse(R"({"a":2,"b":2,"c":2})"), 2)
                .back(),
            "and 1 more");
}

TEST(CacheKey, ManyItemsStayAShortPart) {
  std::vector<KeyItem> items(10'000, {std::string(64, 'a'), "{}"});
  const std::string text = input_part(items);
  EXPECT_LT(text.size(), 100U);
  items.back().digest[0] = 'b';
  EXPECT_NE(input_part(items), text);
}

}  // namespace
}  // namespace unimo
