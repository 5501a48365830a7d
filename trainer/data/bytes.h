// Writing and reading the numbers and texts inside a record, little-endian, whatever the machine.
//
//   RecordWriter w;  w.u32(7);  w.text("id");  w.array<float>(boxes);  shard.add(w.bytes());
//   RecordReader r(bytes);  r.u32();  r.text();  ...  if (!r.complete()) …
//
// A reader never runs past its bytes: what is missing reads as zero or empty, and `complete` then
// says no.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace unimo::trainer {

static_assert(std::endian::native == std::endian::little,
              "record files are little-endian; a big-endian machine needs byte swaps here");

class RecordWriter {
 public:
  template <class T>
  void number(T value) {
    static_assert(std::is_arithmetic_v<T>);
    raw(&value, sizeof value);
  }
  void u32(std::uint32_t value) { number(value); }
  // Its length, then its bytes.
  void text(std::string_view value) {
    u32(static_cast<std::uint32_t>(value.size()));
    raw(value.data(), value.size());
  }
  // The elements alone: write the count before it where the reader cannot know it.
  template <class T>
  void array(std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    raw(values.data(), values.size_bytes());
  }
  // The count, then the elements.
  template <class T>
  void counted(std::span<const T> values) {
    u32(static_cast<std::uint32_t>(values.size()));
    array(values);
  }
  std::span<const std::byte> bytes() const { return bytes_; }
  void clear() { bytes_.clear(); }

 private:
  void raw(const void* data, std::size_t size) {
    if (size == 0) return;
    const auto* first = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), first, first + size);
  }
  std::vector<std::byte> bytes_;
};

class RecordReader {
 public:
  explicit RecordReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  template <class T>
  T number() {
    static_assert(std::is_arithmetic_v<T>);
    T value = 0;
    const auto part = raw(sizeof value);
    if (!part.empty()) std::memcpy(&value, part.data(), sizeof value);
    return value;
  }
  std::uint32_t u32() { return number<std::uint32_t>(); }
  std::string_view text() {
    const auto part = raw(u32());
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }
  // `count` elements of `size` bytes each; they need not be aligned, so copy them out.
  std::span<const std::byte> array(std::uint64_t count, std::uint64_t size) {
    if (size != 0 && count > bytes_.size() / size) {
      overrun_ = true;
      return {};
    }
    return raw(count * size);
  }
  // What `counted` wrote.
  template <class T>
  std::vector<T> counted() {
    const auto part = array(u32(), sizeof(T));
    std::vector<T> values(part.size() / sizeof(T));
    if (!part.empty()) std::memcpy(values.data(), part.data(), part.size());
    return values;
  }

  bool overrun() const { return overrun_; }
  // Everything asked for was there and nothing is left.
  bool complete() const { return !overrun_ && bytes_.empty(); }
  std::size_t left() const { return bytes_.size(); }

 private:
  std::span<const std::byte> raw(std::uint64_t size) {
    if (overrun_ || size > bytes_.size()) {
      overrun_ = true;
      return {};
    }
    const auto part = bytes_.first(static_cast<std::size_t>(size));
    bytes_ = bytes_.subspan(static_cast<std::size_t>(size));
    return part;
  }
  std::span<const std::byte> bytes_;
  bool overrun_ = false;
};

}  // namespace unimo::trainer
