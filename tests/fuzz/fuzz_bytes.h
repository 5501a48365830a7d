// A fuzzer's bytes as a source that gives a few at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "stages/ingest/stream/byte_source.h"

namespace unimo::stages {

class FuzzBytes : public ByteSource {
 public:
  FuzzBytes(const std::uint8_t* data, std::size_t size, std::size_t at_once)
      : data_(data), size_(size), at_once_(at_once) {}

  Result<std::size_t> read(std::span<char> into) override {
    const std::size_t count = std::min({into.size(), size_ - given_, at_once_});
    std::copy_n(data_ + given_, count, into.data());
    given_ += count;
    return count;
  }
  const std::string& name() const override { return name_; }
  std::int64_t consumed() const override { return static_cast<std::int64_t>(given_); }
  std::int64_t file_size() const override { return static_cast<std::int64_t>(size_); }

 private:
  const std::uint8_t* data_;
  std::size_t size_, at_once_, given_ = 0;
  std::string name_ = "fuzz";
};

}  // namespace unimo::stages
