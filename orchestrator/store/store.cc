#include "orchestrator/store/store.h"

#include <array>
#include <chrono>
#include <random>

#include "orchestrator/store/schema.h"

namespace unimo {

namespace fs = std::filesystem;

namespace {

Result<int> stored_version(Database& database) {
  int version = 0;
  UNIMO_TRY(database.query("PRAGMA user_version",
                           [&](const Row& row) { version = static_cast<int>(row.integer(0)); }));
  return version;
}

Status check_version(Database& database) {
  const int version = UNIMO_TRY(stored_version(database));
  if (version == kStoreVersion) return ok();
  return fail(ErrorCode::kConflict,
              "{}: the store has version {}, this program knows version {}; use a {} unimo",
              database.path().string(), version, kStoreVersion,
              version > kStoreVersion ? "newer" : "different");
}

Status create_tables(Database& database) {
  if (UNIMO_TRY(stored_version(database)) != 0) return check_version(database);
  auto transaction = UNIMO_TRY(Transaction::begin(database));
  UNIMO_TRY(database.execute(std::string(kStoreTables)));
  UNIMO_TRY(database.execute(fmt::format("PRAGMA user_version={}", kStoreVersion)));
  return transaction.commit();
}

}  // namespace

StorePaths store_paths(const fs::path& root) {
  std::error_code error;
  const fs::path absolute = fs::absolute(root, error);
  return {error ? root : absolute.lexically_normal()};
}

Result<WritableStore> WritableStore::open(const fs::path& root, std::string_view holder) {
  StorePaths paths = store_paths(root);
  for (const fs::path& folder : {paths.root, paths.artifacts(), paths.runs(), paths.resume()}) {
    UNIMO_TRY(make_directories(folder));
  }
  // Keeps the store out of git without asking the user to edit an ignore file.
  if (std::error_code error; !fs::exists(paths.root / ".gitignore", error)) {
    UNIMO_TRY(write_file_atomic(paths.root / ".gitignore", "*\n"));
  }
  FileLock lock = UNIMO_TRY(FileLock::try_acquire(paths.lock(), holder));
  Database database = UNIMO_TRY(Database::open_writer(paths.database()));
  UNIMO_TRY(create_tables(database));
  return WritableStore(std::move(paths), std::move(lock), std::move(database));
}

Result<Database> open_store_reader(const fs::path& root) {
  Database database = UNIMO_TRY(Database::open_reader(store_paths(root).database()));
  UNIMO_TRY(check_version(database));
  return database;
}

std::int64_t now_ms() {
  using std::chrono::system_clock;
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             system_clock::now().time_since_epoch())
      .count();
}

std::string new_run_id() {
  constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  std::string id(16, '0');
  auto time = static_cast<std::uint64_t>(now_ms());
  for (int i = 9; i >= 0; --i, time /= 32) id[static_cast<std::size_t>(i)] = kAlphabet[time % 32];
  std::random_device device;
  for (std::size_t i = 10; i < id.size(); ++i) id[i] = kAlphabet[device() % 32];
  return id;
}

}  // namespace unimo
