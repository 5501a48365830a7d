#include "orchestrator/base/growing_file.h"

#include "orchestrator/base/file.h"

namespace unimo {

Result<GrowingFile> GrowingFile::create(std::filesystem::path path) {
  UNIMO_TRY(make_directories(path.parent_path()));
  GrowingFile file(std::move(path));
  file.file_.open(file.path_, std::ios::binary | std::ios::trunc);
  UNIMO_TRY(file.check());
  return file;
}

Status GrowingFile::check() const {
  if (!file_) return fail(ErrorCode::kIo, "{}: cannot write; is the disk full?", path_.string());
  return ok();
}

Status GrowingFile::add(std::string_view text) {
  file_.write(text.data(), static_cast<std::streamsize>(text.size()));
  return check();
}

Status GrowingFile::close() {
  file_.close();
  return check();
}

}  // namespace unimo
