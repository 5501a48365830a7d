#include "stages/miniworld/output_files.h"

#include <map>

#include "orchestrator/base/file.h"

namespace unimo::stages {

namespace fs = std::filesystem;

Result<SplitFiles> SplitFiles::create(const fs::path& folder, const std::string& train,
                                      const std::string& val, const std::string& test) {
  auto first = UNIMO_TRY(GrowingFile::create(folder / train));
  auto second = UNIMO_TRY(GrowingFile::create(folder / val));
  auto third = UNIMO_TRY(GrowingFile::create(folder / test));
  return SplitFiles(std::move(first), std::move(second), std::move(third));
}

Status SplitFiles::add(std::string_view text) {
  for (GrowingFile* file : {&train_, &val_, &test_}) UNIMO_TRY(file->add(text));
  return ok();
}

Status SplitFiles::close() {
  for (GrowingFile* file : {&train_, &val_, &test_}) UNIMO_TRY(file->close());
  return ok();
}

Status put_file(const fs::path& path, std::string_view bytes) {
  auto file = UNIMO_TRY(GrowingFile::create(path));
  UNIMO_TRY(file.add(bytes));
  return file.close();
}

Result<GrowingJson> GrowingJson::create(fs::path path, std::vector<std::string> lists) {
  GrowingJson document(path);
  for (std::string& name : lists) {
    fs::path rows = path;
    rows += fmt::format(".{}.part", name);
    document.lists_.push_back({std::move(name), UNIMO_TRY(GrowingFile::create(std::move(rows)))});
  }
  return document;
}

Status GrowingJson::add(std::size_t list, const Json& row) {
  List& target = lists_[list];
  UNIMO_TRY(target.rows.add((target.empty ? "" : ",") + canonical_text(row)));
  target.empty = false;
  return ok();
}

Status GrowingJson::append(List& list, GrowingFile& document) {
  constexpr std::size_t kPiece = 1 << 20;
  UNIMO_TRY(list.rows.close());
  std::ifstream rows(list.rows.path(), std::ios::binary);
  std::string piece(kPiece, '\0');
  UNIMO_TRY(document.add("["));
  while (rows) {
    rows.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    UNIMO_TRY(
        document.add(std::string_view(piece).substr(0, static_cast<std::size_t>(rows.gcount()))));
  }
  if (rows.bad()) return fail(ErrorCode::kIo, "{}: cannot read back", list.rows.path().string());
  UNIMO_TRY(document.add("]"));
  return remove_tree(list.rows.path());
}

Status GrowingJson::finish(const Json& rest) {
  auto document = UNIMO_TRY(GrowingFile::create(path_));
  if (lists_.size() == 1 && lists_[0].name.empty()) {
    UNIMO_TRY(append(lists_[0], document));
  } else {
    std::map<std::string, List*> members;
    for (const auto& [name, value] : rest.items()) members[name] = nullptr;
    for (List& list : lists_) members[list.name] = &list;
    std::string separator = "{";
    for (const auto& [name, list] : members) {
      UNIMO_TRY(document.add(separator + canonical_text(name) + ":"));
      if (list != nullptr) {
        UNIMO_TRY(append(*list, document));
      } else {
        UNIMO_TRY(document.add(canonical_text(rest.at(name))));
      }
      separator = ",";
    }
    UNIMO_TRY(document.add("}"));
  }
  UNIMO_TRY(document.add("\n"));
  return document.close();
}

}  // namespace unimo::stages
