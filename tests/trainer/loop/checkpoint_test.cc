#include "trainer/loop/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "orchestrator/base/file.h"
#include "trainer/optim/adamw.h"

namespace unimo::trainer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Checkpoint : public testing::Test {
 protected:
  Checkpoint() : store_(specs(), 5, 0.02), optimizer_(store_, {}) {}
  void SetUp() override {
    auto made = TempDir::make("checkpoint-");
    ASSERT_TRUE(made) << made.error().message;
    folder_ = std::make_unique<TempDir>(std::move(*made));
  }
  static std::vector<ParameterSpec> specs() {
    return {{.name = "w", .shape = {3, 5}}, {.name = "b", .shape = {4}}};
  }

  void save(std::int64_t step) {
    store_.values()[0] = static_cast<float>(step);
    optimizer_.first()[1] = static_cast<float>(step) / 2;
    CheckpointWriter writer({.folder = folder_->path()}, store_, optimizer_);
    ASSERT_TRUE(writer.start({.step = step}));
    const Status saved = writer.finish();
    ASSERT_TRUE(saved) << saved.error().message;
  }
  LoadOptions options() {
    return {.folder = folder_->path(),
            .skipped = [this](std::string_view text) { skipped_.emplace_back(text); }};
  }
  std::optional<CheckpointState> load() {
    ParameterStore store(specs(), 6, 0.02);
    AdamW optimizer(store, {});
    auto state = load_newest_checkpoint(options(), store, optimizer);
    EXPECT_TRUE(state) << state.error().message;
    loaded_value_ = store.values()[0];
    loaded_moment_ = optimizer.first()[1];
    return state ? *state : std::nullopt;
  }
  std::vector<std::string> folders() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_->path()))
      names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }
  std::filesystem::path file(const char* step, const char* name) {
    return folder_->path() / step / name;
  }

  ParameterStore store_;
  AdamW optimizer_;
  std::unique_ptr<TempDir> folder_;
  std::vector<std::string> skipped_;
  float loaded_value_ = 0, loaded_moment_ = 0;
};

TEST_F(Checkpoint, NothingIsFoundInAnAbsentFolder) {
  ParameterStore store(specs(), 6, 0.02);
  AdamW optimizer(store, {});
  LoadOptions absent = options();
  absent.folder /= "none";
  const auto state = load_newest_checkpoint(absent, store, optimizer);
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_FALSE(state->has_value());
}

TEST_F(Checkpoint, NewestOneIsLoaded) {
  save(3);
  save(12);
  const auto state = load();
  ASSERT_TRUE(state);
  EXPECT_EQ(state->step, 12);
  EXPECT_EQ(loaded_value_, 12.0F);
  EXPECT_EQ(loaded_moment_, 6.0F);
}

TEST_F(Checkpoint, LastTwoAreKept) {
  for (const std::int64_t step : {1, 2, 3, 4}) save(step);
  EXPECT_THAT(folders(), ElementsAre("step-00000003", "step-00000004"));
}

TEST_F(Checkpoint, DamagedOneIsPassedOverForTheOneBefore) {
  save(3);
  save(4);
  std::filesystem::resize_file(file("step-00000004", "model.safetensors"), 100);
  const auto state = load();
  ASSERT_TRUE(state);
  EXPECT_EQ(state->step, 3);
  ASSERT_EQ(skipped_.size(), 1U);
  EXPECT_THAT(skipped_[0], HasSubstr("step-00000004"));
}

TEST_F(Checkpoint, OneChangedByteIsNoticed) {
  save(3);
  save(4);
  std::fstream f(file("step-00000004", "moments-0-of-1.safetensors"),
                 std::ios::in | std::ios::out | std::ios::binary);
  f.seekp(-3, std::ios::end);
  f.put('x');
  f.close();
  EXPECT_EQ(load()->step, 3);
}

TEST_F(Checkpoint, OneWithoutStateIsPassedOver) {
  save(3);
  save(4);
  std::filesystem::remove(file("step-00000004", "state.json"));
  EXPECT_EQ(load()->step, 3);
}

TEST_F(Checkpoint, LeftoverOfAKilledSaveIsRemoved) {
  save(3);
  std::filesystem::create_directory(folder_->path() / "unfinished-step-00000004");
  EXPECT_EQ(load()->step, 3);
  EXPECT_THAT(folders(), ElementsAre("step-00000003"));
}

TEST_F(Checkpoint, OneOfAnotherModelIsPassedOver) {
  save(3);
  ParameterStore other({{.name = "w", .shape = {4, 5}}}, 6, 0.02);
  AdamW optimizer(other, {});
  const auto state = load_newest_checkpoint(options(), other, optimizer);
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_FALSE(state->has_value());
  EXPECT_THAT(skipped_.at(0), HasSubstr("[4, 5] wanted"));
}

TEST_F(Checkpoint, WhatChangesAfterTheCopyIsNotInIt) {
  CheckpointWriter writer({.folder = folder_->path()}, store_, optimizer_);
  store_.values()[0] = 5;
  ASSERT_TRUE(writer.start({.step = 5}));
  writer.wait_copied();
  store_.values()[0] = 6;
  ASSERT_TRUE(writer.finish());
  ASSERT_TRUE(load());
  EXPECT_EQ(loaded_value_, 5.0F);
}

TEST_F(Checkpoint, AFailedSaveIsToldAndThePartsAreNotPublished) {
  save(3);
  CheckpointWriter writer({.folder = folder_->path() / "step-00000003" / "state.json"}, store_,
                          optimizer_);
  const Status started = writer.start({.step = 4});
  EXPECT_FALSE(started && writer.finish());
  EXPECT_THAT(folders(), ElementsAre("step-00000003"));
}

TEST_F(Checkpoint, GivenUpWhileOthersHaveNotWrittenTheirPart) {
  {
    CheckpointWriter writer({.folder = folder_->path(), .part = 0, .parts = 2}, store_, optimizer_);
    ASSERT_TRUE(writer.start({.step = 4}));
  }
  EXPECT_FALSE(load());
}

}  // namespace
}  // namespace unimo::trainer
