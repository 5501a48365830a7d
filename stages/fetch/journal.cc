#include "stages/fetch/journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <optional>

#include "orchestrator/base/file.h"
#include "orchestrator/base/hash.h"
#include "stages/ingest/image_tar.h"
#include "stages/ingest/stream/line_reader.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kSyncedLine = "synced";

// What a power cut may cost at most: fetched again.
constexpr std::int64_t kSyncBytes = 64 << 20;
constexpr auto kSyncTime = std::chrono::seconds(5);

Status write_all(int fd, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(fd, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) {
      return fail(ErrorCode::kIo, "{}: cannot write: {}; is the disk full?", path.string(),
                  std::strerror(errno));
    }
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  return ok();
}

Status flush(int fd, const fs::path& path) {
  if (::fdatasync(fd) == 0) return ok();
  return fail(ErrorCode::kIo, "{}: cannot sync: {}", path.string(), std::strerror(errno));
}

Result<int> open_to_append(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0)
    return fail(ErrorCode::kIo, "{}: cannot open: {}", path.string(), std::strerror(errno));
  return fd;
}

template <class T>
bool read_number(std::string_view text, T& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number >= 0;
}

}  // namespace

std::string format_entry(const JournalEntry& entry) {
  std::string line = fmt::format("{}\t{}\t{}", entry.row, entry.status, entry.tries);
  if (!entry.sha256.empty()) {
    line += fmt::format("\t{}\t{}\t{}\t{}\t{}\t{}\t{}", entry.sha256, entry.ending, entry.width,
                        entry.height, entry.file, entry.offset, entry.size);
  }
  return line;
}

Result<JournalEntry> parse_entry(std::string_view line) {
  std::vector<std::string_view> fields;
  split_tabs(line, fields);
  JournalEntry entry;
  bool good = (fields.size() == 3 || fields.size() == 10) && read_number(fields[0], entry.row) &&
              !fields[1].empty() && read_number(fields[2], entry.tries);
  if (good) entry.status = fields[1];
  if (good && fields.size() == 10) {
    good = fields[3].size() == 64 && !fields[4].empty() && read_number(fields[5], entry.width) &&
           read_number(fields[6], entry.height) && read_number(fields[7], entry.file) &&
           read_number(fields[8], entry.offset) && read_number(fields[9], entry.size);
    entry.sha256 = fields[3];
    entry.ending = fields[4];
  }
  if (!good) return fail(ErrorCode::kInvalid, "no line of a journal of downloads: {}", line);
  return entry;
}

Journal::Journal(Journal&& other) noexcept
    : folder_(std::move(other.folder_)),
      rows_(std::move(other.rows_)),
      size_(other.size_),
      journal_fd_(std::exchange(other.journal_fd_, -1)),
      bytes_fd_(std::exchange(other.bytes_fd_, -1)),
      file_(other.file_),
      file_size_(other.file_size_),
      unsynced_bytes_(other.unsynced_bytes_),
      unsynced_lines_(other.unsynced_lines_),
      synced_(other.synced_) {}

Journal::~Journal() {
  if (journal_fd_ >= 0) ::close(journal_fd_);
  if (bytes_fd_ >= 0) ::close(bytes_fd_);
}

fs::path Journal::file_path(std::int64_t file) const {
  return folder_ / fmt::format("pictures-{:05}.bin", file);
}

void Journal::remember(std::int64_t row) {
  const auto index = static_cast<std::size_t>(row);
  if (index >= rows_.size()) rows_.resize(std::max(index + 1, rows_.size() * 2));
  rows_[index] = true;
  ++size_;
}

bool Journal::has(std::int64_t row) const {
  const auto index = static_cast<std::size_t>(row);
  return index < rows_.size() && rows_[index];
}

Result<Journal> Journal::open(const fs::path& folder) {
  Journal journal(folder);
  UNIMO_TRY(make_directories(folder));
  std::error_code error;
  if (fs::exists(journal.path(), error)) UNIMO_TRY(journal.load());
  UNIMO_TRY(journal.open_files());
  UNIMO_TRY(sync_path(folder));
  return journal;
}

// Where the last line that says "synced" ends; 0 when there is none.
Result<std::int64_t> Journal::synced_until() const {
  std::int64_t until = 0;
  auto lines = UNIMO_TRY(LineReader::open(path(), {}));
  for (LineReader::Line line; UNIMO_TRY(lines.next(line));) {
    if (line.text == kSyncedLine)
      until = line.offset + static_cast<std::int64_t>(line.text.size()) + 1;
  }
  return until;
}

// Reads the lines, looks at the bytes of those that were not synced, and cuts the file behind the
// last line that is good. Two passes, so that nothing of a line stays in memory but its row.
Status Journal::load() {
  std::error_code error;
  const auto file_size = static_cast<std::int64_t>(fs::file_size(path(), error));
  if (error) return fail(ErrorCode::kIo, "{}: {}", path().string(), error.message());
  const std::int64_t synced = UNIMO_TRY(synced_until());
  std::int64_t good_until = 0;
  auto lines = UNIMO_TRY(LineReader::open(path(), {}));
  for (LineReader::Line line; UNIMO_TRY(lines.next(line));) {
    const auto end = line.offset + static_cast<std::int64_t>(line.text.size()) + 1;
    if (end > file_size) break;  // its end was not written any more
    if (line.text != kSyncedLine) {
      const auto entry = parse_entry(line.text);
      if (!entry || has(entry->row)) break;
      if (end > synced && entry->status == "ok" && !read(*entry)) break;
      remember(entry->row);
    }
    good_until = end;
  }
  fs::resize_file(path(), static_cast<std::uintmax_t>(good_until), error);
  if (error) return fail(ErrorCode::kIo, "{}: cannot cut: {}", path().string(), error.message());
  return ok();
}

Status Journal::open_files() {
  journal_fd_ = UNIMO_TRY(open_to_append(path()));
  std::error_code error;
  while (fs::exists(file_path(file_ + 1), error)) ++file_;
  bytes_fd_ = UNIMO_TRY(open_to_append(file_path(file_)));
  struct stat state {};
  if (::fstat(bytes_fd_, &state) != 0)
    return fail(ErrorCode::kIo, "{}: {}", file_path(file_).string(), std::strerror(errno));
  // Bytes whose line was never written stay there unused.
  file_size_ = state.st_size;
  unsynced_lines_ = 1;
  return sync();
}

Status Journal::next_file() {
  UNIMO_TRY(sync());
  ::close(std::exchange(bytes_fd_, -1));
  bytes_fd_ = UNIMO_TRY(open_to_append(file_path(++file_)));
  file_size_ = 0;
  return sync_path(folder_);
}

Status Journal::add(JournalEntry entry, std::string_view bytes) {
  UNIMO_CHECK(!has(entry.row), "row {} was fetched twice", entry.row);
  if (!bytes.empty()) {
    if (file_size_ >= kFileBytes) UNIMO_TRY(next_file());
    entry.file = file_;
    entry.offset = file_size_;
    entry.size = static_cast<std::int64_t>(bytes.size());
    UNIMO_TRY(write_all(bytes_fd_, bytes, file_path(file_)));
    file_size_ += entry.size;
    unsynced_bytes_ += entry.size;
  }
  UNIMO_TRY(write_all(journal_fd_, format_entry(entry) + "\n", path()));
  remember(entry.row);
  ++unsynced_lines_;
  if (unsynced_bytes_ < kSyncBytes && std::chrono::steady_clock::now() - synced_ < kSyncTime)
    return ok();
  return sync();
}

// Bytes first: a line that says "synced" must be true of everything before it.
Status Journal::sync() {
  if (unsynced_lines_ == 0) return ok();
  UNIMO_TRY(flush(bytes_fd_, file_path(file_)));
  UNIMO_TRY(write_all(journal_fd_, std::string(kSyncedLine) + "\n", path()));
  UNIMO_TRY(flush(journal_fd_, path()));
  unsynced_bytes_ = unsynced_lines_ = 0;
  synced_ = std::chrono::steady_clock::now();
  return ok();
}

Status Journal::visit(const std::function<Status(const JournalEntry&)>& visit) const {
  auto lines = UNIMO_TRY(LineReader::open(path(), {}));
  for (LineReader::Line line; UNIMO_TRY(lines.next(line));) {
    if (line.text == kSyncedLine) continue;
    const JournalEntry entry = UNIMO_TRY(parse_entry(line.text));
    UNIMO_TRY(visit(entry));
  }
  return ok();
}

Result<std::string> Journal::read(const JournalEntry& entry) const {
  const fs::path path = file_path(entry.file);
  std::string bytes = UNIMO_TRY(read_picture(
      folder_, {.file = path.filename().string(), .offset = entry.offset, .size = entry.size}));
  if (sha256_hex(bytes) != entry.sha256) {
    return fail(ErrorCode::kIntegrity,
                "{}: the picture at byte {} is not what was fetched; remove {} and fetch again",
                path.string(), entry.offset, folder_.string());
  }
  return bytes;
}

Status Journal::forget(const std::function<bool(std::string_view status)>& drop) {
  UNIMO_TRY(sync());
  const fs::path beside = folder_ / "journal.new";
  {
    std::ofstream file(beside, std::ios::binary | std::ios::trunc);
    rows_.clear();
    size_ = 0;
    UNIMO_TRY(visit([&](const JournalEntry& entry) -> Status {
      if (drop(entry.status)) return ok();
      remember(entry.row);
      file << format_entry(entry) << '\n';
      return ok();
    }));
    file << kSyncedLine << '\n';
    file.flush();
    if (!file) return fail(ErrorCode::kIo, "{}: cannot write; is the disk full?", beside.string());
  }
  UNIMO_TRY(sync_path(beside));
  std::error_code error;
  fs::rename(beside, path(), error);
  if (error) return fail(ErrorCode::kIo, "{}: {}", path().string(), error.message());
  UNIMO_TRY(sync_path(folder_));
  ::close(std::exchange(journal_fd_, -1));
  journal_fd_ = UNIMO_TRY(open_to_append(path()));
  return ok();
}

}  // namespace unimo::stages
