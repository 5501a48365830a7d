// SQLite behind RAII: `Database`, `Row`, `Transaction`. The only unit that knows sqlite3.h.
//
//   UNIMO_TRY(db.run("INSERT INTO counts VALUES(?,?,?)", task, name, 3.0));
//   UNIMO_TRY(db.query("SELECT id, name FROM tasks WHERE run_id=?", [&](const Row& row) {
//     names[row.integer(0)] = row.text(1);
//   }, run));
//
// A Database belongs to one thread at a time. Statements are prepared once per SQL text and kept.
// Debian 12's SQLite (3.40.1) can corrupt a WAL when two connections write or checkpoint at once,
// so there is one writer per store (the holder of its lock), which also checkpoints; readers never
// do.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "orchestrator/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace unimo {

// What can be bound to a `?`. An empty optional is NULL.
class SqlValue {
 public:
  SqlValue(std::nullptr_t) {}
  template <std::integral T>
  SqlValue(T value) : value_(static_cast<std::int64_t>(value)) {}
  SqlValue(double value) : value_(value) {}
  SqlValue(std::string_view value) : value_(std::string(value)) {}
  SqlValue(const std::string& value) : value_(value) {}
  SqlValue(const char* value) : value_(std::string(value)) {}
  template <class T>
  SqlValue(const std::optional<T>& value) {
    if (value) *this = SqlValue(*value);
  }
  const std::variant<std::monostate, std::int64_t, double, std::string>& get() const {
    return value_;
  }

 private:
  std::variant<std::monostate, std::int64_t, double, std::string> value_;
};

// The current row of a query; valid only inside the callback.
class Row {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;
  bool is_null(int column) const;
  std::optional<std::int64_t> optional_integer(int column) const;
  std::optional<double> optional_real(int column) const;

 private:
  sqlite3_stmt* statement_;
};

// What a commit survives. kPowerCut waits for the disk, for itself and for all commits before it.
enum class Durability { kKill, kPowerCut };

class Database {
 public:
  // Opens for writing, creating the file; write-ahead log, commits survive a power cut.
  static Result<Database> open_writer(const std::filesystem::path& path);
  // Opens an existing file for reading only.
  static Result<Database> open_reader(const std::filesystem::path& path);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  // Runs statements without parameters or results, separated by ';'.
  Status execute(const std::string& sql);

  template <class... Args>
  Status run(std::string_view sql, const Args&... args) {
    return query_values(sql, {}, {SqlValue(args)...});
  }
  template <class... Args>
  Status query(std::string_view sql, const std::function<void(const Row&)>& each,
               const Args&... args) {
    return query_values(sql, each, {SqlValue(args)...});
  }
  Status query_values(std::string_view sql, const std::function<void(const Row&)>& each,
                      const std::vector<SqlValue>& values);

  // Of the commits from now on; not inside a transaction.
  Status set_durability(Durability durability);

  std::int64_t last_insert_id() const;
  const std::filesystem::path& path() const { return path_; }

  // Which SQLite this is, for `unimo doctor`.
  static std::string library_version();
  static std::string library_source_id();

 private:
  struct Handles;
  Database(std::unique_ptr<Handles> handles, std::filesystem::path path);
  Result<sqlite3_stmt*> prepared(std::string_view sql);
  std::unique_ptr<Handles> handles_;
  std::filesystem::path path_;
  Durability durability_ = Durability::kPowerCut;
};

// BEGIN IMMEDIATE … COMMIT. Rolled back unless commit() was called and succeeded.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database,
                                   Durability durability = Durability::kPowerCut);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Status commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace unimo
