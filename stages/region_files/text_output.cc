#include "stages/region_files/text_output.h"

namespace unimo::stages {

Status TextOutput::flaw() const {
  return fail(ErrorCode::kIo, "{}: cannot write; is the disk full?", path_.string());
}

Result<TextOutput> TextOutput::create(const std::filesystem::path& path) {
  TextOutput output(path, std::ofstream(path, std::ios::binary | std::ios::trunc));
  if (output.file_) return output;
  return fail(ErrorCode::kIo, "{}: cannot be made; may the folder be written?", path.string());
}

Status TextOutput::line(std::string_view text) {
  file_ << text << '\n';
  offset_ += static_cast<std::int64_t>(text.size()) + 1;
  return file_ ? ok() : flaw();
}

Status TextOutput::finish() {
  file_.close();
  return file_ ? ok() : flaw();
}

}  // namespace unimo::stages
