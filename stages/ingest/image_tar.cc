#include "stages/ingest/image_tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace unimo::stages {

// An open tar file and how far it is written.
struct ImageTarWriter::Tar {
  std::unique_ptr<archive, int (*)(archive*)> out{archive_write_new(), &archive_write_free};
  std::filesystem::path path;
  std::string name;
  int fd = -1;
  std::int64_t written = 0;

  Tar() = default;
  Tar(const Tar&) = delete;
  Tar& operator=(const Tar&) = delete;
  ~Tar() {
    out.reset();  // writes its end
    if (fd >= 0) ::close(fd);
  }

  static la_ssize_t write(archive*, void* data, const void* bytes, std::size_t size) {
    auto* tar = static_cast<Tar*>(data);
    const ssize_t done = ::write(tar->fd, bytes, size);
    if (done > 0) tar->written += done;
    return done;
  }

  tl::unexpected<Error> failed() const {
    return fail(ErrorCode::kIo, "{}: cannot write: {}; is the disk full?", path.string(),
                std::strerror(errno));
  }
};

ImageTarWriter::ImageTarWriter(std::filesystem::path folder) : folder_(std::move(folder)) {}
ImageTarWriter::ImageTarWriter(ImageTarWriter&&) noexcept = default;
ImageTarWriter& ImageTarWriter::operator=(ImageTarWriter&&) noexcept = default;
ImageTarWriter::~ImageTarWriter() = default;

Status ImageTarWriter::next_file() {
  UNIMO_TRY(finish());
  auto tar = std::make_unique<Tar>();
  tar->name = fmt::format("images-{:06}.tar", files_++);
  tar->path = folder_ / tar->name;
  tar->fd = ::open(tar->path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (tar->fd < 0) return tar->failed();
  archive_write_set_format_ustar(tar->out.get());
  // Unbuffered, so that what was written so far is the place of what comes next.
  archive_write_set_bytes_per_block(tar->out.get(), 0);
  archive_write_set_bytes_in_last_block(tar->out.get(), 1);
  if (archive_write_open(tar->out.get(), tar.get(), nullptr, &Tar::write, nullptr) != ARCHIVE_OK)
    return tar->failed();
  tar_ = std::move(tar);
  return ok();
}

Result<std::int64_t> ImageTarWriter::add_member(const std::string& name, std::string_view bytes) {
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                       &archive_entry_free);
  // Nothing of the machine or the hour: equal pictures give equal files.
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes.size()));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_mtime(entry.get(), 0, 0);
  if (archive_write_header(tar_->out.get(), entry.get()) != ARCHIVE_OK) return tar_->failed();
  const std::int64_t place = tar_->written;
  if (archive_write_data(tar_->out.get(), bytes.data(), bytes.size()) !=
          static_cast<la_ssize_t>(bytes.size()) ||
      archive_write_finish_entry(tar_->out.get()) != ARCHIVE_OK) {
    return tar_->failed();
  }
  return place;
}

Result<TarPlace> ImageTarWriter::add_picture(std::string_view bytes, std::string_view ending) {
  if (!tar_ || tar_->written >= kFileBytes) UNIMO_TRY(next_file());
  const std::int64_t offset =
      UNIMO_TRY(add_member(fmt::format("{:09}.{}", pictures_++, ending), bytes));
  return TarPlace{tar_->name, offset, static_cast<std::int64_t>(bytes.size())};
}

Status ImageTarWriter::add_record(std::string_view json) {
  UNIMO_TRY(add_member(fmt::format("{:09}.json", pictures_ - 1), json));
  return ok();
}

Status ImageTarWriter::finish() {
  if (!tar_) return ok();
  const auto tar = std::move(tar_);
  if (archive_write_close(tar->out.get()) != ARCHIVE_OK) return tar->failed();
  return ok();
}

Result<std::string> read_picture(const std::filesystem::path& folder, const TarPlace& place) {
  const std::filesystem::path path = folder / place.file;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return fail(ErrorCode::kIo, "{}: cannot open: {}", path.string(), std::strerror(errno));
  std::string bytes(static_cast<std::size_t>(place.size), '\0');
  std::size_t done = 0;
  ssize_t got = 1;
  while (done < bytes.size() && got > 0) {
    got = ::pread(fd, bytes.data() + done, bytes.size() - done,
                  place.offset + static_cast<std::int64_t>(done));
    if (got > 0) done += static_cast<std::size_t>(got);
  }
  const int error = errno;
  ::close(fd);
  if (got < 0)
    return fail(ErrorCode::kIo, "{}: cannot read: {}", path.string(), std::strerror(error));
  if (done < bytes.size()) {
    return fail(ErrorCode::kInvalid,
                "{}: ends before byte {}, where a picture should end; make the records again",
                path.string(), place.offset + place.size);
  }
  return bytes;
}

}  // namespace unimo::stages
