#include "stages/ingest/corpora/csv_reader.h"

#include <algorithm>

namespace unimo::stages {

namespace {

constexpr std::size_t kBufferBytes = 64 << 10;

}  // namespace

Result<CsvReader> CsvReader::open(const std::filesystem::path& path) {
  return CsvReader(UNIMO_TRY(open_source(path, {})));
}

CsvReader::CsvReader(std::unique_ptr<ByteSource> source)
    : source_(std::move(source)),
      name_(std::filesystem::path(source_->name()).filename().string()),
      buffer_(kBufferBytes, '\0') {}

Status CsvReader::fill() {
  at_ = 0;
  end_ = UNIMO_TRY(source_->read(std::span<char>(buffer_.data(), buffer_.size())));
  return ok();
}

// A source may give as little as a byte at a time.
Status CsvReader::begin() {
  begun_ = true;
  while (end_ < 3) {
    const std::size_t got =
        UNIMO_TRY(source_->read(std::span<char>(buffer_.data() + end_, buffer_.size() - end_)));
    if (got == 0) break;
    end_ += got;
  }
  const auto start = std::string_view(buffer_).substr(0, end_);
  if (start.starts_with("\xFF\xFE") || start.starts_with("\xFE\xFF"))
    return fail(ErrorCode::kInvalid, "{}:1: is UTF-16; convert it to UTF-8", source_->name());
  if (start.starts_with("\xEF\xBB\xBF")) at_ = 3;
  return ok();
}

void CsvReader::end_field(Row& row) {
  row.fields.push_back(std::move(field_));
  field_.clear();
  quoted_ = false;
  state_ = State::kFieldStart;
}

bool CsvReader::take(char c, Row& row) {
  if (c == '\n') ++line_;
  if (state_ == State::kQuoted) {
    if (c == '"') {
      state_ = State::kQuoteInQuoted;
    } else {
      field_.push_back(c);
    }
    return false;
  }
  if (c == '"' && state_ == State::kFieldStart) {
    state_ = State::kQuoted;
    quoted_ = true;
    return false;
  }
  if (c == '"' && state_ == State::kQuoteInQuoted) {
    field_.push_back('"');
    state_ = State::kQuoted;
    return false;
  }
  if (c == ',') {
    end_field(row);
    return false;
  }
  if (c == '\n') {
    if (!quoted_ && !field_.empty() && field_.back() == '\r') field_.pop_back();
    end_field(row);
    return true;
  }
  if (state_ == State::kFieldStart) state_ = State::kUnquoted;
  if (state_ == State::kQuoteInQuoted && c != '\r') {
    row.problem = "text after a closing quote";
    state_ = State::kUnquoted;
  }
  // A carriage return after a closing quote belongs to the end of the line.
  if (state_ != State::kQuoteInQuoted) field_.push_back(c);
  return false;
}

Result<bool> CsvReader::next(Row& row) {
  if (!begun_) UNIMO_TRY(begin());
  for (;;) {
    row.fields.clear();
    row.problem.clear();
    row.line = line_;
    std::size_t bytes = 0;
    bool complete = false;
    while (!complete) {
      if (at_ == end_) UNIMO_TRY(fill());
      if (end_ == 0) break;
      complete = take(buffer_[at_++], row);
      if (++bytes > kMaxRecordBytes) {
        return fail(ErrorCode::kInvalid,
                    "{}:{}: a record of more than {} bytes; is a quote not closed there?",
                    source_->name(), row.line, kMaxRecordBytes);
      }
    }
    if (!complete) {  // the end of the file
      if (bytes == 0) return false;
      if (state_ == State::kQuoted) row.problem = "the file ends inside a quote";
      if (!quoted_ && !field_.empty() && field_.back() == '\r') field_.pop_back();
      end_field(row);
      bytes = 0;
    }
    const bool empty = row.fields.size() == 1 && row.fields[0].empty() && row.problem.empty();
    if (!empty) return true;
    if (!complete) return false;
  }
}

std::string CsvReader::place(const Row& row) const { return fmt::format("{}:{}", name_, row.line); }

std::optional<std::size_t> CsvHeader::find(std::string_view name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found == names_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names_.begin());
}

}  // namespace unimo::stages
