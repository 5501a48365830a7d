#include "stages/ingest/corpora/text_files.h"

#include <algorithm>

#include "orchestrator/base/file.h"
#include "orchestrator/stage/stage.h"

namespace unimo::stages {

namespace fs = std::filesystem;

Result<std::vector<TextFile>> find_text_files(std::span<const InputItem> items,
                                              const std::function<bool(const std::string&)>& wanted,
                                              std::int64_t& passed_over) {
  std::vector<TextFile> files;
  for (const InputItem& item : items) {
    if (!fs::is_directory(item.path)) {
      files.push_back({item.path, item.path.filename().string()});
      continue;
    }
    const auto names = UNIMO_TRY(list_files(item.path));
    for (const std::string& name : names) {
      if (wanted(name)) {
        files.push_back({item.path / name, name});
      } else {
        ++passed_over;
      }
    }
  }
  if (files.empty()) {
    return fail(ErrorCode::kInvalid,
                "the input texts holds no file of text; name files, or folders that hold them");
  }
  std::vector<std::string> names;
  names.reserve(files.size());
  for (const TextFile& file : files) names.push_back(file.name);
  std::sort(names.begin(), names.end());
  if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end()) {
    return fail(ErrorCode::kInvalid, "two inputs hold a file {}; give them different names",
                *twice);
  }
  return files;
}

}  // namespace unimo::stages
