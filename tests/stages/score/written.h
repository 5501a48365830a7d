// Files for tests of readers: written as a user would have them, in a folder that goes.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "orchestrator/base/file.h"

namespace unimo::stages {

class Written : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, std::string_view bytes) const {
    const auto file = folder_.path() / name;
    EXPECT_TRUE(write_file(file, bytes).has_value());
    return file;
  }
  std::filesystem::path at(const std::string& name) const { return folder_.path() / name; }

 private:
  TempDir folder_ = TempDir::make("unimo-score-").value();
};

// What a call refused; a success is a failure of the test.
template <class T>
std::string refusal(const Result<T>& result) {
  EXPECT_FALSE(result.has_value());
  return result ? "" : result.error().message;
}

}  // namespace unimo::stages
