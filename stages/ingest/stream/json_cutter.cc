#include "stages/ingest/stream/json_cutter.h"

#include <algorithm>
#include <cstring>

#include "stages/ingest/stream/json_bits.h"
#include "stages/ingest/stream/json_element.h"

namespace unimo::stages {

namespace {

constexpr std::size_t kReadBytes = 256 << 10;
static_assert(kJsonPadding >= kJsonStep);

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

std::int64_t line_feeds(const char* bytes, std::size_t count) {
  std::int64_t feeds = 0;
  const char* end = bytes + count;
  while (const void* found = std::memchr(bytes, '\n', static_cast<std::size_t>(end - bytes))) {
    ++feeds;
    bytes = static_cast<const char*>(found) + 1;
  }
  return feeds;
}

}  // namespace

JsonCutter::JsonCutter(ByteSource& source, std::size_t max_value_bytes)
    : source_(source), max_value_bytes_(max_value_bytes), buffer_(kJsonPadding, '\0') {}

tl::unexpected<Error> JsonCutter::wrong_at(std::size_t byte_of_value, std::string_view what) const {
  return fail(ErrorCode::kInvalid, "{}:{}: byte {}: {}", source_.name(), line_at(byte_of_value),
              offset_ + static_cast<std::int64_t>(byte_of_value), what);
}

std::int64_t JsonCutter::line_at(std::size_t byte_of_value) const {
  return line_ + line_feeds(buffer_.data() + begin_, std::min(byte_of_value, end_ - begin_));
}

// Makes room behind what waits, and reads. The padding is never handed out for reading.
Status JsonCutter::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - kJsonPadding - end_ < next_read_)
    buffer_.resize(2 * (end_ + next_read_) + kJsonPadding);
  next_read_ = std::min(2 * next_read_, kReadBytes);
  const std::size_t room = std::min(buffer_.size() - kJsonPadding - end_, 4 * kReadBytes);
  const std::size_t got = UNIMO_TRY(source_.read({buffer_.data() + end_, room}));
  ended_ = got == 0;
  end_ += got;
  return ok();
}

Result<std::string_view> JsonCutter::first(std::size_t wanted) {
  while (!ended_ && end_ - begin_ < wanted) UNIMO_TRY(fill());
  return std::string_view(buffer_.data() + begin_, std::min(wanted, end_ - begin_));
}

Result<std::optional<char>> JsonCutter::peek() {
  while (true) {
    std::size_t blanks = 0;
    while (begin_ + blanks < end_ && is_blank(buffer_[begin_ + blanks])) ++blanks;
    if (blanks > 0) pass(blanks);
    if (begin_ < end_) return buffer_[begin_];
    if (ended_) return std::nullopt;
    UNIMO_TRY(fill());
  }
}

// Most documents are one line: looking ahead once saves looking through each value.
void JsonCutter::pass(std::size_t bytes) {
  const std::int64_t end = offset_ + static_cast<std::int64_t>(bytes);
  const bool look = end > clear_;
  if (look) line_ += line_feeds(buffer_.data() + begin_, bytes);
  offset_ = end;
  begin_ += bytes;
  if (!look) return;
  const char* rest = buffer_.data() + begin_;
  const void* feed = std::memchr(rest, '\n', end_ - begin_);
  const char* clear = feed != nullptr ? static_cast<const char*>(feed) : rest + (end_ - begin_);
  clear_ = offset_ + (clear - rest);
}

Status JsonCutter::check_size(std::size_t bytes) const {
  if (bytes <= max_value_bytes_) return ok();
  return wrong(fmt::format("a value of more than {} bytes, the limit; is this the right file?",
                           max_value_bytes_));
}

tl::unexpected<Error> JsonCutter::cut_within(std::int64_t begin) const {
  return wrong_at(end_ - begin_,
                  fmt::format("not valid JSON; download it again: the file ends within the value "
                              "that begins at byte {}: it was cut",
                              begin));
}

Result<std::size_t> JsonCutter::end_of_container(bool may_pass) {
  BracketScan scan;
  const std::int64_t begin = offset_;
  std::size_t at = 0;
  while (true) {
    std::size_t there = end_ - begin_ - at;
    if (there < kJsonStep && !ended_) {
      if (at > max_value_bytes_ && may_pass) {
        pass(at);
        at = 0;
        passed_ = true;
      }
      UNIMO_TRY(check_size(at));
      UNIMO_TRY(fill());
      continue;
    }
    if (there == 0) return cut_within(begin);
    there = std::min(there, kJsonStep);
    if (const std::size_t end = scan.step(buffer_.data() + begin_ + at, there); end > 0)
      return at + end;
    at += there;
  }
}

Result<std::size_t> JsonCutter::end_of_text() {
  std::size_t at = 1;
  while (true) {
    while (begin_ + at < end_) {
      const char c = buffer_[begin_ + at];
      if (c == '"') return at + 1;
      at += c == '\\' ? 2 : 1;
    }
    if (ended_) return cut_within(offset_);
    UNIMO_TRY(check_size(at));
    UNIMO_TRY(fill());
  }
}

// A number, true, false, null, or what should be one: to the next blank, comma or bracket.
Result<std::size_t> JsonCutter::end_of_word() {
  constexpr std::string_view kEnds = ",:]}[{\" \n\r\t";
  std::size_t at = 1;
  while (true) {
    while (begin_ + at < end_) {
      if (kEnds.find(buffer_[begin_ + at]) != std::string_view::npos) return at;
      ++at;
    }
    if (ended_) return at;
    UNIMO_TRY(check_size(at));
    UNIMO_TRY(fill());
  }
}

Result<std::optional<std::string_view>> JsonCutter::value_or_pass() {
  passed_ = false;
  const char first = buffer_[begin_];
  std::size_t size = 0;
  if (first == '{' || first == '[') {
    size = UNIMO_TRY(end_of_container(/*may_pass=*/true));
  } else {
    return UNIMO_TRY(value());
  }
  if (!passed_ && size <= max_value_bytes_) return std::string_view(buffer_.data() + begin_, size);
  pass(size);
  return std::nullopt;
}

Result<std::string_view> JsonCutter::value() {
  const char first = buffer_[begin_];
  std::size_t size = 0;
  if (first == '{' || first == '[') {
    size = UNIMO_TRY(end_of_container(/*may_pass=*/false));
  } else if (first == '"') {
    size = UNIMO_TRY(end_of_text());
  } else {
    size = UNIMO_TRY(end_of_word());
  }
  UNIMO_TRY(check_size(size));
  return std::string_view(buffer_.data() + begin_, size);
}

}  // namespace unimo::stages
