// Reads one official file as far as is needed to say whether it is whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "stages/schema/official_files.h"

namespace unimo::stages {

// Larger files are read only when everything is to be read.
constexpr std::int64_t kReadAtOnce = 64 << 20;

struct FileReading {
  bool read = false;       // to its end
  std::int64_t items = 0;  // when it was: of OfficialFile::unit; of kStream bytes
  std::string flaw;        // empty: none was seen
};

// Counts the items of a file, packed or not. Of one above kReadAtOnce, unless `deep`, only the ends
// are looked at: column names, brackets, the last bytes of archives.
FileReading read_official(const OfficialFile& file, const std::filesystem::path& path, bool deep);

// Decodes every picture of a folder that has this name ("*.jpg"). The flaw tells how many are
// damaged, and the first of them.
FileReading read_pictures(const std::filesystem::path& folder, std::string_view name);

}  // namespace unimo::stages
