#include "stages/ingest/packed.h"

#include <gtest/gtest.h>

#include <limits>

#include "stages/ingest/group_sort.h"
#include "tests/stages/stage_bench.h"

namespace unimo::stages {
namespace {

TEST(Packed, GivesBackWhatWentIn) {
  const std::vector<std::int64_t> numbers{0,
                                          1,
                                          -1,
                                          127,
                                          128,
                                          -129,
                                          1'000'000'007,
                                          std::numeric_limits<std::int64_t>::max(),
                                          std::numeric_limits<std::int64_t>::min()};
  Packer packer;
  for (const std::int64_t number : numbers) packer.whole(number);
  const std::string bytes =
      packer.number(-0.1).text(std::string("a\0b", 3)).text("").number(1e300).take();
  PackedReader values(bytes);
  for (const std::int64_t number : numbers) EXPECT_EQ(values.whole(), number);
  EXPECT_EQ(values.number(), -0.1);
  EXPECT_EQ(values.text(), std::string("a\0b", 3));
  EXPECT_EQ(values.text(), "");
  EXPECT_FALSE(values.done());
  EXPECT_EQ(values.number(), 1e300);
  EXPECT_TRUE(values.done());
}

TEST(Packed, StopsTheProgramWhenReadPastTheEnd) {
  const std::string bytes = Packer().text("abc").take();
  EXPECT_DEATH(
      {
        PackedReader values(std::string_view(bytes).substr(0, 2));
        (void)values.text();
      },
      "packed values end");
}

TEST(GroupSort, BringsPartsOfAKeyTogetherInTheOrderOfAdding) {
  StageBench bench;
  std::filesystem::create_directories(bench.output());
  GroupSort parts(bench.output());
  for (const auto& [key, part] : std::vector<std::pair<std::uint64_t, std::string>>{
           {7, "a"}, {3, "b"}, {7, "c"}, {0, "d"}, {3, "e"}, {7, "a"}}) {
    ASSERT_TRUE(parts.add(key, part));
  }
  std::string seen;
  ASSERT_TRUE(parts.visit([&](std::uint64_t key, std::span<const std::string> group) -> Status {
    seen += fmt::format("{}:", key);
    for (const std::string& part : group) seen += part;
    seen += ' ';
    return ok();
  }));
  EXPECT_EQ(seen, "0:d 3:be 7:aca ");
}

TEST(GroupSort, EndsWhenTheVisitorFails) {
  StageBench bench;
  std::filesystem::create_directories(bench.output());
  GroupSort parts(bench.output());
  ASSERT_TRUE(parts.add(1, "a"));
  ASSERT_TRUE(parts.add(2, "b"));
  int visits = 0;
  const Status status = parts.visit([&](std::uint64_t, std::span<const std::string>) -> Status {
    ++visits;
    return fail(ErrorCode::kInvalid, "no more");
  });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "no more");
  EXPECT_EQ(visits, 1);
}

}  // namespace
}  // namespace unimo::stages
