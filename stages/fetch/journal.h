// What was fetched, on disk at once: a kill at any instant costs no more than what was under way.
//
//   auto journal = UNIMO_TRY(Journal::open(UNIMO_TRY(context.resume_directory())));
//   if (!journal.has(row)) ...
//   UNIMO_TRY(journal.add({.row = row, .status = "ok", ...}, bytes));
//
// `journal.tsv` has a line for each row, in the order in which answers came; the bytes of pictures
// lie in `pictures-00000.bin` … Bytes are written before their line. Now and then both are synced
// and a line says so: after a power cut, lines behind the last such line are believed only as far
// as the bytes have the sum that the line says; the rest is cut off and fetched again.
//
// One process, one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::stages {

struct JournalEntry {
  std::int64_t row = 0;
  std::string status;
  int tries = 0;
  // Of "ok" only:
  std::string sha256, ending;
  int width = 0, height = 0;
  std::int64_t file = 0, offset = 0, size = 0;  // where Journal keeps the bytes
};

// One line without its end; parse gives kInvalid for anything else.
std::string format_entry(const JournalEntry& entry);
Result<JournalEntry> parse_entry(std::string_view line);

class Journal {
 public:
  // A file of bytes is closed when it has this many.
  static constexpr std::int64_t kFileBytes = 1LL << 30;

  // Goes on with what is there.
  static Result<Journal> open(const std::filesystem::path& folder);
  Journal(Journal&& other) noexcept;
  Journal& operator=(Journal&&) = delete;
  ~Journal();

  bool has(std::int64_t row) const;
  std::int64_t size() const { return size_; }

  // Sets the entry's place when it has bytes. The row must be new.
  Status add(JournalEntry entry, std::string_view bytes);
  Status sync();

  // In the order of the file.
  Status visit(const std::function<Status(const JournalEntry&)>& visit) const;
  // kIntegrity when the bytes are not what was written.
  Result<std::string> read(const JournalEntry& entry) const;

  // Leaves out the rows whose status `drop` chooses: they are fetched again next time.
  Status forget(const std::function<bool(std::string_view status)>& drop);

 private:
  explicit Journal(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Status load();
  Result<std::int64_t> synced_until() const;
  Status open_files();
  Status next_file();
  void remember(std::int64_t row);
  std::filesystem::path path() const { return folder_ / "journal.tsv"; }
  std::filesystem::path file_path(std::int64_t file) const;

  std::filesystem::path folder_;
  std::vector<bool> rows_;
  std::int64_t size_ = 0;
  int journal_fd_ = -1, bytes_fd_ = -1;
  std::int64_t file_ = 0, file_size_ = 0;  // of bytes_fd_
  std::int64_t unsynced_bytes_ = 0, unsynced_lines_ = 0;
  std::chrono::steady_clock::time_point synced_ = std::chrono::steady_clock::now();
};

}  // namespace unimo::stages
