#include "stages/ingest/stream/line_reader.h"

#include <algorithm>
#include <cstring>

namespace unimo::stages {

namespace {

constexpr std::size_t kReadBytes = 256 << 10;

}  // namespace

Result<LineReader> LineReader::open(const std::filesystem::path& path, const Options& options) {
  return LineReader(UNIMO_TRY(open_source(path, options.source)), options);
}

LineReader::LineReader(std::unique_ptr<ByteSource> source, const Options& options)
    : LineReader(*source, options) {
  owned_ = std::move(source);
}

LineReader::LineReader(ByteSource& source, const Options& options)
    : source_(&source),
      short_name_(source.name().substr(source.name().rfind('/') + 1)),
      max_line_bytes_(options.max_line_bytes) {}

// Makes room behind what waits, and reads.
Status LineReader::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - end_ < next_read_)
    buffer_.resize(std::max(end_ + next_read_, std::min(2 * end_, max_line_bytes_ + kReadBytes)));
  const std::size_t got = UNIMO_TRY(source_->read({buffer_.data() + end_, buffer_.size() - end_}));
  if (got >= next_read_) next_read_ = std::min(2 * next_read_, kReadBytes);
  ended_ = got == 0;
  end_ += got;
  return ok();
}

// The marks before the first line.
Status LineReader::begin() {
  begun_ = true;
  while (!ended_ && end_ < 3) UNIMO_TRY(fill());
  const std::string_view first(buffer_.data(), end_);
  if (first.starts_with("\xFF\xFE") || first.starts_with("\xFE\xFF")) {
    return fail(ErrorCode::kInvalid, "{}: byte 0: is UTF-16; convert it to UTF-8", source_->name());
  }
  if (first.starts_with("\xEF\xBB\xBF")) begin_ = 3;
  offset_ = static_cast<std::int64_t>(begin_);
  return ok();
}

Result<bool> LineReader::next(Line& line) {
  if (!begun_) UNIMO_TRY(begin());
  std::size_t searched = 0;  // bytes behind begin_ without a line feed
  const char* feed = nullptr;
  while (true) {
    const std::size_t from = begin_ + searched;
    if (from < end_) {
      feed = static_cast<const char*>(std::memchr(buffer_.data() + from, '\n', end_ - from));
    }
    if (feed != nullptr || ended_) break;
    searched = end_ - begin_;
    if (searched > max_line_bytes_) break;
    UNIMO_TRY(fill());
  }
  if (feed == nullptr && begin_ == end_) return false;
  const char* text = buffer_.data() + begin_;
  std::size_t size = feed == nullptr ? end_ - begin_ : static_cast<std::size_t>(feed - text);
  if (size > max_line_bytes_) {
    return fail(ErrorCode::kInvalid,
                "{}:{}: byte {}: a line of more than {} bytes; is this a text file?",
                source_->name(), number_ + 1, offset_, max_line_bytes_);
  }
  const std::size_t taken = feed == nullptr ? size : size + 1;
  if (feed != nullptr && size > 0 && text[size - 1] == '\r') --size;
  line = {{text, size}, ++number_, offset_};
  begin_ += taken;
  offset_ += static_cast<std::int64_t>(taken);
  return true;
}

std::string LineReader::place(const Line& line) const {
  return fmt::format("{}:{}", short_name_, line.number);
}

void split_tabs(std::string_view line, std::vector<std::string_view>& fields) {
  fields.clear();
  while (true) {
    const std::size_t tab = line.find('\t');
    fields.push_back(line.substr(0, tab));
    if (tab == std::string_view::npos) return;
    line.remove_prefix(tab + 1);
  }
}

}  // namespace unimo::stages
