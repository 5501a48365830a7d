// Cuts the values of a JSON document out of a stream of bytes, without looking into them: brackets
// are counted outside of texts, 64 bytes at a step. Used by json_stream.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "stages/ingest/stream/byte_source.h"

namespace unimo::stages {

class JsonCutter {
 public:
  // A value of more than `max_value_bytes` is kInvalid.
  JsonCutter(ByteSource& source, std::size_t max_value_bytes);

  // The first bytes of the document, fewer than wanted only when it has no more.
  Result<std::string_view> first(std::size_t wanted);
  // The next byte that is no blank, which stays; nothing at the end of the document.
  Result<std::optional<char>> peek();
  // The same where it can be told at once; a blank where peek() must be asked.
  char peek_here() const { return begin_ < end_ ? buffer_[begin_] : ' '; }
  // Passes over bytes that were peeked or cut.
  void pass(std::size_t bytes);
  // Cuts the value that begins at the byte that was peeked. It stays there, with kJsonPadding
  // readable bytes behind it, until the next call.
  Result<std::string_view> value();
  // As value(), for one that nobody needs: nothing when it is over the limit, and passed over.
  Result<std::optional<std::string_view>> value_or_pass();

  // Of the next byte: how many are before it, and its line, from 1.
  std::int64_t offset() const { return offset_; }
  std::int64_t line() const { return line_; }
  // Of a byte of the value that was cut.
  std::int64_t line_at(std::size_t byte_of_value) const;

  // "file:line: byte offset: what".
  tl::unexpected<Error> wrong(std::string_view what) const { return wrong_at(0, what); }
  tl::unexpected<Error> wrong_at(std::size_t byte_of_value, std::string_view what) const;

 private:
  Status fill();
  Result<std::size_t> end_of_container(bool may_pass);
  Result<std::size_t> end_of_text();
  Result<std::size_t> end_of_word();
  Status check_size(std::size_t bytes) const;
  tl::unexpected<Error> cut_within(std::int64_t begin) const;

  ByteSource& source_;
  std::size_t max_value_bytes_;
  std::string buffer_;
  std::size_t begin_ = 0, end_ = 0;  // of what waits in buffer_
  std::size_t next_read_ = 4 << 10;  // doubles, so that small documents cost little memory
  std::int64_t offset_ = 0, line_ = 1;
  std::int64_t clear_ = 0;  // offset before which no line feed stands
  bool ended_ = false, passed_ = false;
};

}  // namespace unimo::stages
