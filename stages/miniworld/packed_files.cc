#include "stages/miniworld/packed_files.h"

#include <archive.h>
#include <archive_entry.h>
#include <bzlib.h>

#include "orchestrator/base/file.h"

namespace unimo::stages {

namespace {

constexpr int kLargestBlocks = 9;  // of 900 kB, as in the dumps

struct FreeArchive {
  void operator()(archive* a) const { archive_write_free(a); }
};
struct FreeEntry {
  void operator()(archive_entry* e) const { archive_entry_free(e); }
};

}  // namespace

Result<std::string> bzip2(std::string_view bytes) {
  // The bound that the library's manual gives.
  auto size = static_cast<unsigned int>(bytes.size() + bytes.size() / 100 + 600);
  std::string packed(size, '\0');
  std::string source(bytes);  // the library wants it writable
  const int code =
      BZ2_bzBuffToBuffCompress(packed.data(), &size, source.data(),
                               static_cast<unsigned int>(source.size()), kLargestBlocks, 0, 0);
  if (code != BZ_OK) return fail(ErrorCode::kIo, "bzip2 cannot compress: code {}", code);
  packed.resize(size);
  return packed;
}

struct TarFile::Writing {
  std::string path;
  std::unique_ptr<archive, FreeArchive> file;

  Status check(int code) const {
    if (code == ARCHIVE_OK) return ok();
    const char* why = archive_error_string(file.get());
    return fail(ErrorCode::kIo, "{}: cannot write: {}", path, why == nullptr ? "unknown" : why);
  }
};

TarFile::TarFile(std::unique_ptr<Writing> writing) : writing_(std::move(writing)) {}
TarFile::TarFile(TarFile&&) noexcept = default;
TarFile& TarFile::operator=(TarFile&&) noexcept = default;
TarFile::~TarFile() = default;

Result<TarFile> TarFile::create(const std::filesystem::path& path, bool xz) {
  UNIMO_TRY(make_directories(path.parent_path()));
  auto writing = std::make_unique<Writing>();
  writing->path = path.string();
  writing->file.reset(archive_write_new());
  archive* file = writing->file.get();
  UNIMO_TRY(writing->check(archive_write_set_format_ustar(file)));
  if (xz) {
    UNIMO_TRY(writing->check(archive_write_add_filter_xz(file)));
    // The texts are short and repeat themselves; more costs time and memory for nothing.
    UNIMO_TRY(writing->check(archive_write_set_options(file, "xz:compression-level=1")));
  }
  UNIMO_TRY(writing->check(archive_write_open_filename(file, path.c_str())));
  return TarFile(std::move(writing));
}

Status TarFile::add(const std::string& name, std::string_view bytes) {
  constexpr int kEverybodyReads = 0644;
  const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes.size()));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), kEverybodyReads);
  archive_entry_set_mtime(entry.get(), 0, 0);
  archive* file = writing_->file.get();
  UNIMO_TRY(writing_->check(archive_write_header(file, entry.get())));
  const la_ssize_t written = archive_write_data(file, bytes.data(), bytes.size());
  if (written == static_cast<la_ssize_t>(bytes.size())) return ok();
  return writing_->check(ARCHIVE_FATAL);
}

Status TarFile::close() { return writing_->check(archive_write_close(writing_->file.get())); }

}  // namespace unimo::stages
