// SHA-256 of bytes, files and folders, printed as 64 lower-case hexadecimal digits.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo {

// update* then hex, once.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(std::string_view bytes);
  // A name and its value, each with its length before it: ("ab","c") and ("a","bc") hash
  // differently.
  void field(std::string_view name, std::string_view value);
  std::string hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string sha256_hex(std::string_view bytes);

// SHA-1, 40 digits: for names that others made with it (CNN/DailyMail's story files), nothing else.
std::string sha1_hex(std::string_view bytes);
// MD5, 32 digits: likewise (OpenWebText's files, OpenImages' column of it), nothing else.
std::string md5_hex(std::string_view bytes);

Result<std::string> hash_file(const std::filesystem::path& path);

// One file of an artifact.
struct FileEntry {
  std::string path;  // relative, '/'-separated
  std::uint64_t size_bytes = 0;
  std::string sha256;
  bool operator==(const FileEntry&) const = default;
};

// Every regular file below `root`, sorted by path. A single file gives one entry with its own name.
Result<std::vector<FileEntry>> hash_tree(const std::filesystem::path& root);

// The digest of a list of files: what names an artifact. Depends on paths and contents, nothing
// else.
std::string tree_digest(const std::vector<FileEntry>& files);

}  // namespace unimo
