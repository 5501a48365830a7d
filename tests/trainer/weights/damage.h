// Bytes with one thing wrong, and what a reader made of them.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/file.h"
#include "trainer/weights/weight_file.h"

namespace unimo::trainer {

struct ReadTensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
  bool operator==(const ReadTensor&) const = default;
};
using ReadTensors = std::map<std::string, ReadTensor>;

// All tensors with their values, or the first Error.
inline Result<ReadTensors> read_everything(const Result<WeightFile>& file) {
  if (!file) return tl::unexpected(file.error());
  ReadTensors all;
  for (const auto& [name, tensor] : file->tensors()) {
    ReadTensor& read = all[name];
    read.shape = tensor.shape;
    read.values.resize(static_cast<std::size_t>(tensor.count()));
    UNIMO_TRY(file->read_floats(name, read.values));
  }
  return all;
}

// Calls `look` with every beginning of the bytes, and with each byte turned over and changed by
// one.
inline void damage(std::string_view bytes,
                   const std::function<void(std::string_view, const std::string&)>& look) {
  for (std::size_t i = 0; i < bytes.size(); ++i)
    look(bytes.substr(0, i), "cut to " + std::to_string(i));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const unsigned mask : {0xFFU, 0x01U}) {
      std::string changed(bytes);
      changed[i] = static_cast<char>(static_cast<unsigned char>(changed[i]) ^ mask);
      look(changed, "byte " + std::to_string(i));
    }
  }
}

class WeightFolder : public testing::Test {
 protected:
  std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }
  std::filesystem::path write(const std::string& name, std::string_view bytes) const {
    std::filesystem::create_directories(path(name).parent_path());
    EXPECT_TRUE(write_file(path(name), bytes));
    return path(name);
  }

 private:
  // In memory, where the machine can: the tests of damage write thousands of files.
  TempDir folder_ =
      TempDir::make("weights-", std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : "")
          .value();
};

}  // namespace unimo::trainer
