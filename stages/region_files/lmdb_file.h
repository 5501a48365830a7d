// LMDB databases of one table, read from the first key to the last or written anew. The only file
// that knows lmdb.h.
//
// A database is mapped and believed: one that was cut is refused, but one whose pages hold other
// bytes than LMDB wrote can end the program, as with every reader of LMDB.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "orchestrator/base/result.h"

namespace unimo::stages {

// Locks nothing and writes nothing, so that read-only folders will do. One thread; movable.
class LmdbReader {
 public:
  // `path` is data.mdb.
  static Result<LmdbReader> open(const std::filesystem::path& path);
  LmdbReader(LmdbReader&&) noexcept;
  LmdbReader& operator=(LmdbReader&&) noexcept;
  ~LmdbReader();

  struct Entry {
    std::string_view key, value;  // live as long as the reader
  };
  // In the order of the keys' bytes; false at the end.
  Result<bool> next(Entry& entry);

 private:
  struct Database;
  explicit LmdbReader(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

// create, put*, finish. The same entries in the same order give the same file. One thread; movable.
class LmdbWriter {
 public:
  // Makes `folder` with data.mdb in it.
  static Result<LmdbWriter> create(const std::filesystem::path& folder);
  LmdbWriter(LmdbWriter&&) noexcept;
  LmdbWriter& operator=(LmdbWriter&&) noexcept;
  ~LmdbWriter();

  // kConflict: the key is there already. Keys have 1 to 511 bytes.
  Status put(std::string_view key, std::string_view value);
  Status finish();

 private:
  struct Database;
  explicit LmdbWriter(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

}  // namespace unimo::stages
