#include "stages/ingest/stream/archive_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "stages/ingest/stream/raw_file.h"
#include "stages/ingest/stream/unpacking.h"

namespace unimo::stages {

namespace {

constexpr std::size_t kReadBytes = 64 << 10;
constexpr std::size_t kTarBlock = 512;

bool is_zip(std::string_view bytes) {
  return bytes.starts_with(std::string_view("PK\x03\x04", 4)) ||
         bytes.starts_with(std::string_view("PK\x05\x06", 4));
}

// A tar header's checksum: the sum of its bytes, the eight of the checksum taken as blanks.
bool is_tar(std::string_view bytes) {
  if (bytes.size() < kTarBlock) return false;
  constexpr std::size_t kSum = 148, kSumSize = 8;
  long sum = 0;
  for (std::size_t i = 0; i < kTarBlock; ++i)
    sum += i >= kSum && i < kSum + kSumSize ? ' ' : static_cast<unsigned char>(bytes[i]);
  long told = 0;
  std::size_t digits = 0;
  for (const char c : bytes.substr(kSum, kSumSize)) {
    if (c >= '0' && c <= '7') {
      told = told * 8 + (c - '0');
      ++digits;
    } else if (digits > 0 || c != ' ') {
      break;
    }
  }
  return digits > 0 && told == sum;
}

// libarchive turns the names of zip files and extended headers, which are UTF-8, into those of the
// thread's locale, and gives none where that is "C". While this lives the thread's names are UTF-8.
class Utf8Names {
 public:
  Utf8Names() : names_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (names_ != nullptr) before_ = ::uselocale(names_);
  }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;
  ~Utf8Names() {
    if (names_ == nullptr) return;
    ::uselocale(before_);
    ::freelocale(names_);
  }

 private:
  locale_t names_, before_ = nullptr;
};

// What libarchive reads from: an open source, watched for the end that a tar file must have.
class Feed {
 public:
  explicit Feed(ByteSource& source) : source_(source), buffer_(kReadBytes, '\0') {}

  static la_ssize_t read(archive* reader, void* self, const void** bytes) {
    auto& feed = *static_cast<Feed*>(self);
    auto got = feed.source_.read(feed.buffer_);
    if (!got) {
      feed.error_ = got.error();
      archive_set_error(reader, EIO, "%s", got.error().message.c_str());
      return ARCHIVE_FATAL;
    }
    feed.remember_tail(*got);
    *bytes = feed.buffer_.data();
    return static_cast<la_ssize_t>(*got);
  }

  const std::optional<Error>& error() const { return error_; }
  ByteSource& source() { return source_; }
  bool is_empty() const { return given_ == 0; }
  bool ends_with_zeros() const {
    return tail_.size() == kTarBlock && tail_.find_first_not_of('\0') == std::string::npos;
  }

 private:
  void remember_tail(std::size_t got) {
    given_ += got;
    tail_.append(buffer_, got - std::min(got, kTarBlock), std::min(got, kTarBlock));
    if (tail_.size() > kTarBlock) tail_.erase(0, tail_.size() - kTarBlock);
  }

  ByteSource& source_;
  std::string buffer_, tail_;
  std::size_t given_ = 0;
  std::optional<Error> error_;
};

class Walk;

// Gives the blocks that libarchive makes, one after the other, so that neither limits nor the bytes
// before an error depend on the size of the reads.
class MemberSource : public ByteSource {
 public:
  MemberSource(Walk& walk, const std::string& name) : walk_(walk), name_(name) {}
  Result<std::size_t> read(std::span<char> into) override;
  const std::string& name() const override { return name_; }
  std::int64_t consumed() const override;
  std::int64_t file_size() const override;

 private:
  Walk& walk_;
  std::string name_;
  std::span<const char> block_;  // what is left of it; libarchive's memory
  std::int64_t zeros_ = 0;       // the hole before it, in a sparse file
  std::int64_t made_ = 0;        // up to the end of the block
  bool ended_ = false;
  std::optional<Error> error_;
};

// One pass over the members of one archive.
class Walk {
 public:
  Walk(std::string name, const ArchiveLimits& limits, const MemberVisitor& visit)
      : name_(std::move(name)), limits_(limits), visit_(visit) {}

  Status over_feed(Feed& feed);
  Status over_zip_file(const std::filesystem::path& path);

  struct Block {
    std::span<const char> bytes;
    std::int64_t offset = 0;  // in the member
  };
  // The member's next block, nothing at its end. `made` counts the member's bytes up to its end.
  Result<std::optional<Block>> next_block(const std::string& member, std::int64_t& made);
  std::int64_t consumed() const;
  std::int64_t size() const { return size_; }

 private:
  Status members();
  int next_header(archive_entry** entry);
  Status member(archive_entry* entry);
  Status check_name(const std::string& name) const;
  Status check_kind(archive_entry* entry, const std::string& name) const;
  Status library_error(const std::string& where) const;
  Status refuse(const std::string& member, std::string_view what) const {
    return fail(ErrorCode::kInvalid,
                "{}: refused: {}; get the archive from its makers, or pack it without that member",
                member_place(member), what);
  }
  std::string member_place(const std::string& member) const { return name_ + ": " + member; }

  std::string name_;
  const ArchiveLimits& limits_;
  const MemberVisitor& visit_;
  std::unique_ptr<archive, int (*)(archive*)> reader_{archive_read_new(), &archive_read_free};
  Feed* feed_ = nullptr;
  std::int64_t size_ = 0, members_ = 0, made_ = 0;
  std::string last_;  // member
};

Result<std::size_t> MemberSource::read(std::span<char> into) {
  while (!error_ && !ended_ && zeros_ == 0 && block_.empty()) {
    const std::int64_t before = made_;
    auto block = walk_.next_block(name_, made_);
    if (!block) {
      error_ = block.error();
    } else if (*block) {
      block_ = (*block)->bytes;
      zeros_ = (*block)->offset - before;
    } else {
      ended_ = true;
    }
  }
  if (error_) return tl::unexpected(*error_);
  if (ended_) return 0;
  if (zeros_ > 0) {
    const std::size_t count =
        std::min(into.size(), static_cast<std::size_t>(std::min<std::int64_t>(zeros_, 1 << 20)));
    std::fill_n(into.data(), count, '\0');
    zeros_ -= static_cast<std::int64_t>(count);
    return count;
  }
  const std::size_t count = std::min(into.size(), block_.size());
  std::memcpy(into.data(), block_.data(), count);
  block_ = block_.subspan(count);
  return count;
}
std::int64_t MemberSource::consumed() const { return walk_.consumed(); }
std::int64_t MemberSource::file_size() const { return walk_.size(); }

std::int64_t Walk::consumed() const {
  return feed_ != nullptr ? feed_->source().consumed() : archive_filter_bytes(reader_.get(), -1);
}

Status Walk::library_error(const std::string& where) const {
  if (feed_ != nullptr && feed_->error()) return tl::unexpected(*feed_->error());
  if (feed_ != nullptr && feed_->is_empty())
    return fail(ErrorCode::kInvalid, "{}: is empty; get it again", name_);
  const char* what = archive_error_string(reader_.get());
  return fail(ErrorCode::kInvalid,
              "{}: byte {} of the archive: it is damaged or cut: {}; get it again", where,
              archive_filter_bytes(reader_.get(), 0), what != nullptr ? what : "unknown error");
}

Status Walk::over_feed(Feed& feed) {
  feed_ = &feed;
  size_ = feed.source().file_size();
  archive* reader = reader_.get();
  archive_read_support_format_tar(reader);
  archive_read_support_format_zip_streamable(reader);
  if (archive_read_set_format_option(reader, "tar", "read_concatenated_archives", "1") !=
          ARCHIVE_OK ||
      archive_read_open(reader, &feed, nullptr, &Feed::read, nullptr) != ARCHIVE_OK) {
    return library_error(name_);
  }
  UNIMO_TRY(members());
  const bool tar = (archive_format(reader) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR;
  if (tar && !feed.ends_with_zeros()) {
    return fail(ErrorCode::kInvalid,
                "{}: ends without the blocks of zeros that close a tar file, after {}: it was cut; "
                "get it again",
                name_, last_.empty() ? "no member" : last_);
  }
  return ok();
}

Status Walk::over_zip_file(const std::filesystem::path& path) {
  std::error_code failed;
  size_ = static_cast<std::int64_t>(std::filesystem::file_size(path, failed));
  archive_read_support_format_zip_seekable(reader_.get());
  if (archive_read_open_filename(reader_.get(), path.c_str(), kReadBytes) != ARCHIVE_OK)
    return library_error(name_);
  return members();
}

int Walk::next_header(archive_entry** entry) {
  const Utf8Names names;
  const int code = archive_read_next_header(reader_.get(), entry);
  if (code != ARCHIVE_OK && code != ARCHIVE_WARN) return code;
  const char* name = archive_entry_pathname(*entry);
  last_ = name != nullptr ? name : "";
  return code;
}

Status Walk::members() {
  while (true) {
    archive_entry* entry = nullptr;
    const int code = next_header(&entry);
    if (code == ARCHIVE_EOF) return ok();
    if (code < ARCHIVE_WARN || code == ARCHIVE_RETRY) {
      return library_error(last_.empty() ? name_ : fmt::format("{}: after {}", name_, last_));
    }
    UNIMO_TRY(member(entry));
  }
}

Status Walk::check_name(const std::string& name) const {
  if (name.empty()) return refuse("a member", "it has no name");
  const bool drive =
      name.size() >= 2 && name[1] == ':' && std::isalpha(static_cast<unsigned char>(name[0])) != 0;
  if (name[0] == '/' || name[0] == '\\' || drive) return refuse(name, "its name is absolute");
  std::string_view rest = name;
  while (true) {
    const std::size_t slash = rest.find_first_of("/\\");
    if (rest.substr(0, slash) == "..") return refuse(name, "its name leads out of the folder");
    if (slash == std::string_view::npos) return ok();
    rest.remove_prefix(slash + 1);
  }
}

Status Walk::check_kind(archive_entry* entry, const std::string& name) const {
  if (archive_entry_hardlink(entry) != nullptr) return refuse(name, "it is a hard link");
  if (archive_entry_filetype(entry) == AE_IFLNK) return refuse(name, "it is a symbolic link");
  if (archive_entry_filetype(entry) != AE_IFREG) return refuse(name, "it is no file");
  if (archive_entry_is_encrypted(entry) != 0) return refuse(name, "it is encrypted");
  if (archive_entry_size_is_set(entry) != 0 &&
      archive_entry_size(entry) > limits_.max_member_bytes) {
    return refuse(name, fmt::format("it has {} bytes, the limit is {}", archive_entry_size(entry),
                                    limits_.max_member_bytes));
  }
  return ok();
}

Status Walk::member(archive_entry* entry) {
  UNIMO_TRY(check_name(last_));
  if (++members_ > limits_.max_members)
    return refuse(last_, fmt::format("more than {} members", limits_.max_members));
  if (archive_entry_filetype(entry) == AE_IFDIR) return ok();
  UNIMO_TRY(check_kind(entry, last_));
  const std::int64_t size = archive_entry_size_is_set(entry) != 0 ? archive_entry_size(entry) : 0;
  MemberSource source(*this, member_place(last_));
  UNIMO_TRY(visit_({last_, size}, source));
  if (const int code = archive_read_data_skip(reader_.get());
      code != ARCHIVE_OK && code != ARCHIVE_EOF) {
    return library_error(member_place(last_));
  }
  return ok();
}

Result<std::optional<Walk::Block>> Walk::next_block(const std::string& member, std::int64_t& made) {
  const void* bytes = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  const int code = archive_read_data_block(reader_.get(), &bytes, &size, &offset);
  if (code == ARCHIVE_EOF) return std::optional<Block>();
  if (code != ARCHIVE_OK) UNIMO_TRY(library_error(member));
  if (offset < made) {
    return fail(ErrorCode::kInvalid, "{}: its parts are out of order: it is damaged; get it again",
                member);
  }
  // An offset may be any number, so that nothing is added to one beyond the limit.
  const std::int64_t most = limits_.max_member_bytes;
  const std::int64_t end = std::min(offset, most) + static_cast<std::int64_t>(size);
  made_ += end - made;
  made = end;
  if (offset > most || end > most || made_ > limits_.source.max_bytes) {
    UNIMO_TRY(refuse(
        last_, fmt::format("it unpacks to more than {} bytes",
                           made_ > limits_.source.max_bytes ? limits_.source.max_bytes : most)));
  }
  if (exceeds_ratio({consumed(), made_}, limits_.source)) {
    UNIMO_TRY(refuse(last_, fmt::format("it unpacks to more than {} times its size, as only a file "
                                        "made to fill disks does",
                                        limits_.source.max_ratio)));
  }
  return std::optional<Block>({{static_cast<const char*>(bytes), size}, offset});
}

// Enough for a tar header; less at the end.
Result<std::string> first_block(ByteSource& source) {
  std::string block(kTarBlock, '\0');
  std::size_t have = 0;
  while (have < block.size()) {
    const std::size_t got = UNIMO_TRY(source.read({block.data() + have, block.size() - have}));
    if (got == 0) break;
    have += got;
  }
  block.resize(have);
  return block;
}

}  // namespace

Status visit_archive(ByteSource& bytes, const ArchiveLimits& limits, const MemberVisitor& visit) {
  auto content = UNIMO_TRY(unpack(bytes, limits.source));
  Feed feed(*content);
  return Walk(bytes.name(), limits, visit).over_feed(feed);
}

Status visit_archive(const std::filesystem::path& path, const ArchiveLimits& limits,
                     const MemberVisitor& visit) {
  // A zip file's directory is at its end, so it is read as a file; unless it is packed once more.
  auto raw = UNIMO_TRY(RawFile::open(path));
  const std::string first = UNIMO_TRY(first_block(*raw));
  if (is_zip(first)) return Walk(path.string(), limits, visit).over_zip_file(path);
  auto content = UNIMO_TRY(open_source(path, limits.source));
  Feed feed(*content);
  return Walk(path.string(), limits, visit).over_feed(feed);
}

Result<bool> is_archive(const std::filesystem::path& path) {
  auto content = UNIMO_TRY(open_source(path, {}));
  const std::string first = UNIMO_TRY(first_block(*content));
  return is_zip(first) || is_tar(first);
}

}  // namespace unimo::stages
