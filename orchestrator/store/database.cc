#include "orchestrator/store/database.h"

#include <sqlite3.h>

#include <utility>

namespace unimo {

struct Database::Handles {
  sqlite3* connection = nullptr;
  std::map<std::string, sqlite3_stmt*, std::less<>> statements;
  ~Handles() {
    for (auto& [sql, statement] : statements) sqlite3_finalize(statement);
    sqlite3_close(connection);
  }
};

namespace {

ErrorCode code_of(int sqlite_code) {
  switch (sqlite_code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return ErrorCode::kConflict;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ErrorCode::kIntegrity;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN: return ErrorCode::kIo;
    default: return ErrorCode::kFailed;
  }
}

tl::unexpected<Error> database_failure(sqlite3* connection, const std::filesystem::path& path,
                                       std::string_view doing) {
  return fail(code_of(sqlite3_extended_errcode(connection)), "{}: {}: {}", path.string(), doing,
              sqlite3_errmsg(connection));
}

void bind(sqlite3_stmt* statement, int position, const SqlValue& value) {
  struct Visitor {
    sqlite3_stmt* statement;
    int position;
    void operator()(std::monostate) const { sqlite3_bind_null(statement, position); }
    void operator()(std::int64_t number) const { sqlite3_bind_int64(statement, position, number); }
    void operator()(double number) const { sqlite3_bind_double(statement, position, number); }
    void operator()(const std::string& text) const {
      sqlite3_bind_text64(statement, position, text.data(), text.size(), SQLITE_TRANSIENT,
                          SQLITE_UTF8);
    }
  };
  std::visit(Visitor{statement, position}, value.get());
}

}  // namespace

std::int64_t Row::integer(int column) const { return sqlite3_column_int64(statement_, column); }
double Row::real(int column) const { return sqlite3_column_double(statement_, column); }

std::string Row::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Row::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::optional<std::int64_t> Row::optional_integer(int column) const {
  return is_null(column) ? std::nullopt : std::optional(integer(column));
}

std::optional<double> Row::optional_real(int column) const {
  return is_null(column) ? std::nullopt : std::optional(real(column));
}

Database::Database(std::unique_ptr<Handles> handles, std::filesystem::path path)
    : handles_(std::move(handles)), path_(std::move(path)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::open_writer(const std::filesystem::path& path) {
  auto handles = std::make_unique<Handles>();
  const int code =
      sqlite3_open_v2(path.c_str(), &handles->connection,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK)
    return database_failure(handles->connection, path, "cannot open the store");
  sqlite3_busy_timeout(handles->connection, 5000);
  Database database(std::move(handles), path);
  UNIMO_TRY(database.execute(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"));
  return database;
}

Result<Database> Database::open_reader(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return fail(ErrorCode::kNotFound,
                "{}: there is no store yet; `unimo run` makes one, --root names another",
                path.string());
  }
  auto handles = std::make_unique<Handles>();
  const int code = sqlite3_open_v2(path.c_str(), &handles->connection,
                                   SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK)
    return database_failure(handles->connection, path, "cannot open the store");
  sqlite3_busy_timeout(handles->connection, 5000);
  sqlite3_wal_autocheckpoint(handles->connection, 0);
  sqlite3_db_config(handles->connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return Database(std::move(handles), path);
}

Status Database::execute(const std::string& sql) {
  if (sqlite3_exec(handles_->connection, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK)
    return ok();
  return database_failure(handles_->connection, path_, "cannot execute SQL");
}

Result<sqlite3_stmt*> Database::prepared(std::string_view sql) {
  const auto found = handles_->statements.find(sql);
  if (found != handles_->statements.end()) return found->second;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(handles_->connection, sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
    return database_failure(handles_->connection, path_, sql);
  }
  handles_->statements.emplace(sql, statement);
  return statement;
}

Status Database::query_values(std::string_view sql, const std::function<void(const Row&)>& each,
                              const std::vector<SqlValue>& values) {
  sqlite3_stmt* statement = UNIMO_TRY(prepared(sql));
  UNIMO_CHECK(sqlite3_stmt_busy(statement) == 0, "a query must not run inside its own callback: {}",
              sql);
  for (std::size_t i = 0; i < values.size(); ++i)
    bind(statement, static_cast<int>(i) + 1, values[i]);
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    if (each) each(Row(statement));
  }
  Status status = ok();
  if (code != SQLITE_DONE) status = database_failure(handles_->connection, path_, sql);
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  return status;
}

std::int64_t Database::last_insert_id() const {
  return sqlite3_last_insert_rowid(handles_->connection);
}

std::string Database::library_version() { return sqlite3_libversion(); }
std::string Database::library_source_id() { return sqlite3_sourceid(); }

Status Database::set_durability(Durability durability) {
  if (durability == durability_) return ok();
  UNIMO_TRY(execute(durability == Durability::kKill ? "PRAGMA synchronous=NORMAL"
                                                    : "PRAGMA synchronous=FULL"));
  durability_ = durability;
  return ok();
}

Result<Transaction> Transaction::begin(Database& database, Durability durability) {
  UNIMO_TRY(database.set_durability(durability));
  UNIMO_TRY(database.run("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  if (database_ != nullptr) (void)database_->run("ROLLBACK");
}

Status Transaction::commit() {
  UNIMO_TRY(database_->run("COMMIT"));
  database_ = nullptr;
  return ok();
}

}  // namespace unimo
