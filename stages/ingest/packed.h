// Values in a row as bytes, for what lies in a SpillSort for a while. Read back in the order of
// writing; the bytes never leave the process, so that a wrong order is a broken invariant of ours.
//
//   const std::string bytes = Packer().whole(id).text(caption).take();
//   PackedReader values(bytes);
//   const std::int64_t id = values.whole();
//   const std::string caption = values.text();
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace unimo::stages {

class Packer {
 public:
  Packer& whole(std::int64_t value);  // small magnitudes take few bytes
  Packer& number(double value);
  Packer& text(std::string_view value);
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class PackedReader {
 public:
  // `bytes` must outlive the reader.
  explicit PackedReader(std::string_view bytes) : rest_(bytes) {}
  std::int64_t whole();
  double number();
  std::string text();
  bool done() const { return rest_.empty(); }

 private:
  std::string_view take(std::size_t count);
  std::string_view rest_;
};

}  // namespace unimo::stages
