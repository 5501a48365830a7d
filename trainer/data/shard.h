// The record file: many byte records behind one header, with an index and a check of every record.
// The grammar stands in docs/formats.md, "Record files".
//
//   auto writer = UNIMO_TRY(ShardWriter::create("regions.shard", {{"schema", "regions"}}));
//   UNIMO_TRY(writer.add(bytes));  …  UNIMO_TRY(writer.finish());
//
//   const auto reader = UNIMO_TRY(ShardReader::open("regions.shard", "regions"));
//   const auto bytes = UNIMO_TRY(reader.record(7));
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"

namespace unimo::trainer {

inline constexpr std::uint32_t kShardVersion = 1;

// create, add*, finish. Writes beside the path and renames in `finish`; without it the file never
// appears and the part that was written is removed. Memory does not grow with the records: the
// index goes to the disk, too. One thread.
class ShardWriter {
 public:
  // `metadata` must be an object with a text `schema`: what the records are.
  static Result<ShardWriter> create(const std::filesystem::path& path, const Json& metadata);
  ShardWriter(ShardWriter&&) noexcept;
  ShardWriter& operator=(ShardWriter&&) noexcept;
  ShardWriter(const ShardWriter&) = delete;
  ShardWriter& operator=(const ShardWriter&) = delete;
  ~ShardWriter();

  Status add(std::span<const std::byte> record);
  // Writes index and header and renames. No call after it. Not synced: who publishes the folder
  // syncs all of it.
  Status finish();
  std::size_t count() const;

 private:
  struct File;
  explicit ShardWriter(std::unique_ptr<File> file);
  std::unique_ptr<File> file_;
};

// How a reader gets at the bytes. Results are the same.
enum class ShardAccess {
  kMap,   // the file is mapped: no copy, and processes share the memory
  kRead,  // records are read one by one: for file systems that limit mappings
};

// Opening reads the index alone. All calls may overlap. With kMap the spans live as long as the
// reader, also when it is moved; with kRead they lie in memory of the calling thread, until its
// next record() of any such reader.
class ShardReader {
 public:
  // Checks magic, version, sizes and the order of the index. An Error names the file and what is
  // wrong with it.
  static Result<ShardReader> open(const std::filesystem::path& path,
                                  ShardAccess access = ShardAccess::kMap);
  // The same, and refuses a file whose metadata has another `schema`.
  static Result<ShardReader> open(const std::filesystem::path& path, std::string_view schema,
                                  ShardAccess access = ShardAccess::kMap);
  ShardReader(ShardReader&&) noexcept;
  ShardReader& operator=(ShardReader&&) noexcept;
  ShardReader(const ShardReader&) = delete;
  ShardReader& operator=(const ShardReader&) = delete;
  ~ShardReader();

  const Json& metadata() const;
  const std::filesystem::path& path() const;
  std::size_t count() const;
  // Verified against the stored XXH3-64 at every call; kIntegrity names the file and record.
  // Nothing is allocated once a thread has seen its largest record. Timed as kRead and kVerify
  // (load_clock.h).
  Result<std::span<const std::byte>> record(std::size_t i) const;
  // Not verified and therefore not read: for a look at the beginning of a large record. Of a mapped
  // file only.
  std::span<const std::byte> unverified(std::size_t i) const;
  // Reads every record once.
  Status verify() const;

 private:
  struct File;
  explicit ShardReader(std::unique_ptr<File> file);
  Result<std::span<const std::byte>> bytes_of(std::size_t i) const;
  std::unique_ptr<File> file_;
};

}  // namespace unimo::trainer
