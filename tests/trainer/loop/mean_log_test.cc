#include "trainer/loop/mean_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/trainer/tiny_training.h"

namespace unimo::trainer {
namespace {

using testing::ElementsAre;

constexpr double kAwkward[] = {1e16, 1.0, -1e16, 3.0};  // their sum depends on the order

TEST(MeanLog, ReportIsTheSameHoweverTheMicroBatchesWereSharedOut) {
  std::vector<std::string> wanted;
  for (const int processes : {1, 2, 4}) {
    std::vector<MeanLog> logs(static_cast<std::size_t>(processes));
    for (int index = 3; index >= 0; --index) {
      logs[static_cast<std::size_t>(index % processes)].add(7, index,
                                                            {"loss", kAwkward[index], 1.0});
    }
    for (int rank = 1; rank < processes; ++rank) {
      ASSERT_TRUE(logs[0].add_bytes(logs[static_cast<std::size_t>(rank)].take_bytes()));
    }
    MeanWindow window;
    window.add(logs[0]);
    RecordingSink sink;
    window.report(sink, 8);
    if (wanted.empty()) wanted = sink.lines;
    EXPECT_EQ(sink.lines, wanted) << processes << " processes";
  }
}

TEST(MeanLog, SumsGoOnAfterACheckpoint) {
  MeanLog log;
  MeanWindow window;
  log.add(0, 0, {"loss", 1e16, 1});
  log.add(0, 1, {"loss", 1, 1});
  window.add(log);
  MeanWindow loaded = MeanWindow::from_json(window.to_json());
  log.add(1, 0, {"loss", -1e16, 2});
  RecordingSink unbroken, resumed;
  MeanLog same = log;
  window.add(log);
  loaded.add(same);
  window.report(unbroken, 2);
  loaded.report(resumed, 2);
  EXPECT_EQ(unbroken.lines, resumed.lines);
}

TEST(MeanLog, StepThatDidNotCountIsForgotten) {
  MeanLog log;
  log.add(3, 0, {"loss", 2, 1});
  log.add(4, 0, {"loss", 100, 1});
  log.drop(4);
  MeanWindow window;
  window.add(log);
  RecordingSink sink;
  window.report(sink, 5);
  EXPECT_THAT(sink.losses, ElementsAre(2.0));
}

TEST(MeanLog, BytesOfSomethingElseAreRefused) {
  MeanLog log;
  EXPECT_FALSE(log.add_bytes("garbage"));
  MeanLog whole;
  whole.add(1, 2, {"loss", 3, 4});
  const std::string bytes = whole.take_bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    MeanLog cut;
    EXPECT_FALSE(cut.add_bytes(std::string_view(bytes).substr(0, size))) << size;
  }
}

}  // namespace
}  // namespace unimo::trainer
