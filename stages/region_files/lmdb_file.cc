#include "stages/region_files/lmdb_file.h"

#include <lmdb.h>

#include <algorithm>
#include <vector>

#include "orchestrator/base/file.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

using Environment = std::unique_ptr<MDB_env, decltype(&mdb_env_close)>;

constexpr mdb_mode_t kMode = 0644;
constexpr std::size_t kBatchBytes = 32 << 20;  // in memory, of entries that are not committed
constexpr std::size_t kSlack = 16 << 20;       // of the map, for the tree's own pages
constexpr std::size_t kLongestKey = 511;       // LMDB's default

Status error_of(const fs::path& path, int code, std::string_view what) {
  return fail(code == ENOSPC || code == EIO ? ErrorCode::kIo : ErrorCode::kInvalid, "{}: {}: {}",
              path.string(), what, mdb_strerror(code));
}

Result<Environment> make_environment(const fs::path& path) {
  MDB_env* made = nullptr;
  if (const int code = mdb_env_create(&made); code != 0)
    UNIMO_TRY(error_of(path, code, "LMDB cannot begin"));
  return Environment(made, &mdb_env_close);
}

// The pages that the database speaks of must be in the file: a mapping behind its end is fatal.
Status check_whole(MDB_env* environment, const fs::path& path) {
  MDB_envinfo info{};
  MDB_stat stat{};
  mdb_env_info(environment, &info);
  mdb_env_stat(environment, &stat);
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error),
                       needed = (info.me_last_pgno + 1) * std::uintmax_t{stat.ms_psize};
  if (!error && size >= needed) return ok();
  return fail(ErrorCode::kInvalid, "{}: has {} bytes, its pages need {}: it was cut; get it again",
              path.string(), size, needed);
}

MDB_val value_of(std::string_view bytes) {
  return {bytes.size(), const_cast<char*>(bytes.data())};  // NOLINT: LMDB does not write to it
}

}  // namespace

struct LmdbReader::Database {
  fs::path path;
  Environment environment{nullptr, &mdb_env_close};
  std::unique_ptr<MDB_txn, decltype(&mdb_txn_abort)> transaction{nullptr, &mdb_txn_abort};
  std::unique_ptr<MDB_cursor, decltype(&mdb_cursor_close)> cursor{nullptr, &mdb_cursor_close};
};

LmdbReader::LmdbReader(std::unique_ptr<Database> database) : database_(std::move(database)) {}
LmdbReader::LmdbReader(LmdbReader&&) noexcept = default;
LmdbReader& LmdbReader::operator=(LmdbReader&&) noexcept = default;
LmdbReader::~LmdbReader() = default;

Result<LmdbReader> LmdbReader::open(const fs::path& path) {
  auto database = std::make_unique<Database>();
  database->path = path;
  database->environment = UNIMO_TRY(make_environment(path));
  MDB_env* environment = database->environment.get();
  constexpr unsigned kFlags = MDB_RDONLY | MDB_NOLOCK | MDB_NOSUBDIR | MDB_NOTLS;
  if (const int code = mdb_env_open(environment, path.c_str(), kFlags, kMode); code != 0)
    UNIMO_TRY(error_of(path, code, "cannot be opened as LMDB"));
  UNIMO_TRY(check_whole(environment, path));
  MDB_txn* transaction = nullptr;
  MDB_dbi table = 0;
  MDB_cursor* cursor = nullptr;
  int code = mdb_txn_begin(environment, nullptr, MDB_RDONLY, &transaction);
  if (code == 0) {
    database->transaction.reset(transaction);
    code = mdb_dbi_open(transaction, nullptr, 0, &table);
  }
  if (code == 0) code = mdb_cursor_open(transaction, table, &cursor);
  if (code != 0) UNIMO_TRY(error_of(path, code, "cannot be read"));
  database->cursor.reset(cursor);
  return LmdbReader(std::move(database));
}

Result<bool> LmdbReader::next(Entry& entry) {
  MDB_val key{}, value{};
  const int code = mdb_cursor_get(database_->cursor.get(), &key, &value, MDB_NEXT);
  if (code == MDB_NOTFOUND) return false;
  if (code != 0) UNIMO_TRY(error_of(database_->path, code, "cannot be read on"));
  entry.key = {static_cast<const char*>(key.mv_data), key.mv_size};
  entry.value = {static_cast<const char*>(value.mv_data), value.mv_size};
  return true;
}

struct LmdbWriter::Database {
  fs::path path;
  Environment environment{nullptr, &mdb_env_close};
  std::vector<std::pair<std::string, std::string>> batch;
  std::size_t batch_bytes = 0, bytes = 0;

  Status write(MDB_txn* transaction);
  Status commit();
};

LmdbWriter::LmdbWriter(std::unique_ptr<Database> database) : database_(std::move(database)) {}
LmdbWriter::LmdbWriter(LmdbWriter&&) noexcept = default;
LmdbWriter& LmdbWriter::operator=(LmdbWriter&&) noexcept = default;
LmdbWriter::~LmdbWriter() = default;

Result<LmdbWriter> LmdbWriter::create(const fs::path& folder) {
  UNIMO_TRY(make_directories(folder));
  auto database = std::make_unique<Database>();
  database->path = folder / "data.mdb";
  database->environment = UNIMO_TRY(make_environment(database->path));
  MDB_env* environment = database->environment.get();
  mdb_env_set_mapsize(environment, kSlack);
  constexpr unsigned kFlags = MDB_NOLOCK | MDB_NOSUBDIR | MDB_NOSYNC;
  if (const int code = mdb_env_open(environment, database->path.c_str(), kFlags, kMode); code != 0)
    UNIMO_TRY(error_of(database->path, code, "cannot be made"));
  return LmdbWriter(std::move(database));
}

Status LmdbWriter::Database::write(MDB_txn* transaction) {
  MDB_dbi table = 0;
  if (const int code = mdb_dbi_open(transaction, nullptr, 0, &table); code != 0)
    return error_of(path, code, "cannot be written");
  for (const auto& [key, value] : batch) {
    MDB_val of_key = value_of(key), of_value = value_of(value);
    const int code = mdb_put(transaction, table, &of_key, &of_value, MDB_NOOVERWRITE);
    if (code == MDB_KEYEXIST)
      return fail(ErrorCode::kConflict, "{}: key {} is there already", path.string(), key);
    if (code != 0) return error_of(path, code, fmt::format("key {} cannot be written", key));
  }
  return ok();
}

Status LmdbWriter::Database::commit() {
  // Values lie on pages of their own, and a changed page is written anew: twice the bytes are more
  // than enough, and cost address space alone.
  bytes += batch_bytes;
  if (const int code = mdb_env_set_mapsize(environment.get(), 2 * bytes + kSlack); code != 0)
    return error_of(path, code, "cannot grow");
  MDB_txn* transaction = nullptr;
  if (const int code = mdb_txn_begin(environment.get(), nullptr, 0, &transaction); code != 0)
    return error_of(path, code, "cannot be written");
  if (Status written = write(transaction); !written) {
    mdb_txn_abort(transaction);
    return written;
  }
  if (const int code = mdb_txn_commit(transaction); code != 0)
    return error_of(path, code, "cannot be written");
  batch.clear();
  batch_bytes = 0;
  return ok();
}

Status LmdbWriter::put(std::string_view key, std::string_view value) {
  if (key.empty() || key.size() > kLongestKey) {
    return fail(ErrorCode::kInvalid, "{}: \"{}\" has {} bytes; a key has 1 to {}",
                database_->path.string(), key.substr(0, 40), key.size(), kLongestKey);
  }
  constexpr std::size_t kPage = 4096;
  database_->batch.emplace_back(key, value);
  database_->batch_bytes += (value.size() / kPage + 2) * kPage;
  return database_->batch_bytes < kBatchBytes ? ok() : database_->commit();
}

Status LmdbWriter::finish() {
  UNIMO_TRY(database_->commit());
  database_->environment.reset();
  return ok();
}

}  // namespace unimo::stages
