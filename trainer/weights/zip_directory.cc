#include "trainer/weights/zip_directory.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "trainer/text/utf8.h"
#include "trainer/weights/crc32.h"

namespace unimo::trainer {

namespace {

constexpr std::uint32_t kLocalHeader = 0x04034b50;
constexpr std::uint32_t kCentralHeader = 0x02014b50;
constexpr std::uint32_t kEnd = 0x06054b50;
constexpr std::uint32_t kEnd64 = 0x06064b50;
constexpr std::uint32_t kLocator64 = 0x07064b50;
constexpr std::size_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22, kEnd64Bytes = 56,
                      kLocatorBytes = 20, kLongestComment = 65535;
constexpr std::uint32_t kIn64 = 0xFFFFFFFF;  // the number stands in the zip64 field
constexpr std::uint64_t kLargestDirectory = 256U << 20U;

template <class T>
T number_at(std::string_view bytes, std::size_t at) {
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

struct Directory {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

Result<std::string> read_piece(const ByteFile& file, std::uint64_t offset, std::uint64_t size) {
  if (offset > file.size() || size > file.size() - offset) {
    return fail(ErrorCode::kInvalid, "{}: the archive points behind its end: it is damaged",
                file.name());
  }
  std::string bytes(size, '\0');
  UNIMO_TRY(file.read(offset, bytes));
  return bytes;
}

// The zip64 end record, when a locator stands before the end record at `end`.
Result<Directory> read_end64(const ByteFile& file, std::uint64_t end, Directory small) {
  if (end < kLocatorBytes) return small;
  const std::string locator = UNIMO_TRY(read_piece(file, end - kLocatorBytes, kLocatorBytes));
  if (number_at<std::uint32_t>(locator, 0) != kLocator64) return small;
  const std::string record =
      UNIMO_TRY(read_piece(file, number_at<std::uint64_t>(locator, 8), kEnd64Bytes));
  if (number_at<std::uint32_t>(record, 0) != kEnd64) {
    return fail(ErrorCode::kInvalid, "{}: the archive's zip64 end record is damaged", file.name());
  }
  return Directory{.offset = number_at<std::uint64_t>(record, 48),
                   .size = number_at<std::uint64_t>(record, 40)};
}

Result<Directory> find_directory(const ByteFile& file) {
  const std::uint64_t tail = std::min<std::uint64_t>(file.size(), kEndBytes + kLongestComment);
  const std::string bytes = UNIMO_TRY(read_piece(file, file.size() - tail, tail));
  for (std::size_t back = kEndBytes; back <= bytes.size(); ++back) {
    const std::size_t at = bytes.size() - back;
    // The comment reaches to the end: its own bytes may look like an end record.
    if (number_at<std::uint32_t>(bytes, at) != kEnd ||
        number_at<std::uint16_t>(bytes, at + 20) != back - kEndBytes)
      continue;
    const Directory small{.offset = number_at<std::uint32_t>(bytes, at + 16),
                          .size = number_at<std::uint32_t>(bytes, at + 12)};
    return read_end64(file, file.size() - back, small);
  }
  return fail(ErrorCode::kInvalid,
              "{}: the archive has no central directory: its end is missing, fetch it again",
              file.name());
}

struct CentralHeader {
  std::string name;
  std::uint64_t local_offset = 0;
  std::uint64_t packed_size = 0;
  ZipEntry entry;
};

// Sizes and offset from the zip64 field, those that the header leaves to it, in their fixed order.
Status read_extra64(std::string_view extra, CentralHeader& header, const std::string& file) {
  std::string_view field;
  while (extra.size() >= 4) {
    const auto id = number_at<std::uint16_t>(extra, 0);
    const std::size_t size = number_at<std::uint16_t>(extra, 2);
    if (size > extra.size() - 4) break;
    if (id == 1) field = extra.substr(4, size);
    extra.remove_prefix(4 + size);
  }
  for (std::uint64_t* value : {&header.entry.size, &header.packed_size, &header.local_offset}) {
    if (*value != kIn64) continue;
    if (field.size() < 8) {
      return fail(ErrorCode::kInvalid, "{}: entry {}: its zip64 sizes are missing", file,
                  header.name);
    }
    *value = number_at<std::uint64_t>(field, 0);
    field.remove_prefix(8);
  }
  return ok();
}

// The next header of `bytes`, which it is removed from.
Result<CentralHeader> take_header(std::string_view& bytes, const std::string& file) {
  const auto damaged = [&] {
    return fail(ErrorCode::kInvalid, "{}: the archive's central directory is damaged", file);
  };
  if (bytes.size() < kCentralBytes || number_at<std::uint32_t>(bytes, 0) != kCentralHeader)
    return damaged();
  const std::size_t name_size = number_at<std::uint16_t>(bytes, 28),
                    extra_size = number_at<std::uint16_t>(bytes, 30),
                    comment_size = number_at<std::uint16_t>(bytes, 32);
  const std::size_t whole = kCentralBytes + name_size + extra_size + comment_size;
  if (bytes.size() < whole) return damaged();
  CentralHeader header{.name = repair_utf8(bytes.substr(kCentralBytes, name_size)),
                       .local_offset = number_at<std::uint32_t>(bytes, 42),
                       .packed_size = number_at<std::uint32_t>(bytes, 20),
                       .entry = {.size = number_at<std::uint32_t>(bytes, 24),
                                 .crc = number_at<std::uint32_t>(bytes, 16)}};
  if ((number_at<std::uint16_t>(bytes, 8) & 1U) != 0)
    return fail(ErrorCode::kInvalid, "{}: entry {} is encrypted", file, header.name);
  UNIMO_TRY(read_extra64(bytes.substr(kCentralBytes + name_size, extra_size), header, file));
  if (number_at<std::uint16_t>(bytes, 10) != 0 || header.packed_size != header.entry.size) {
    return fail(ErrorCode::kInvalid,
                "{}: entry {} is compressed: torch.save stores entries as they are; save it again",
                file, header.name);
  }
  bytes.remove_prefix(whole);
  return header;
}

// Where the content begins: behind the local header, whose name and field have their own lengths.
Status find_content(const ByteFile& file, CentralHeader& header) {
  const std::string local = UNIMO_TRY(read_piece(file, header.local_offset, kLocalBytes));
  if (number_at<std::uint32_t>(local, 0) != kLocalHeader) {
    return fail(ErrorCode::kInvalid, "{}: entry {}: no entry begins where the directory says",
                file.name(), header.name);
  }
  header.entry.offset = header.local_offset + kLocalBytes + number_at<std::uint16_t>(local, 26) +
                        number_at<std::uint16_t>(local, 28);
  if (header.entry.offset <= file.size() && header.entry.size <= file.size() - header.entry.offset)
    return ok();
  return fail(ErrorCode::kInvalid, "{}: entry {} of {} bytes reaches behind the end of the file",
              file.name(), header.name, header.entry.size);
}

}  // namespace

Result<std::map<std::string, ZipEntry>> read_zip_directory(const ByteFile& file) {
  const Directory directory = UNIMO_TRY(find_directory(file));
  if (directory.size > kLargestDirectory) {
    return fail(ErrorCode::kInvalid, "{}: a central directory of {} bytes is absurd", file.name(),
                directory.size);
  }
  const std::string bytes = UNIMO_TRY(read_piece(file, directory.offset, directory.size));
  std::map<std::string, ZipEntry> entries;
  for (std::string_view rest = bytes; !rest.empty();) {
    CentralHeader header = UNIMO_TRY(take_header(rest, file.name()));
    UNIMO_TRY(find_content(file, header));
    if (!entries.emplace(header.name, header.entry).second) {
      return fail(ErrorCode::kInvalid, "{}: entry {} is there twice", file.name(), header.name);
    }
  }
  return entries;
}

Result<std::string> read_zip_entry(const ByteFile& file, const std::string& name,
                                   const ZipEntry& entry, std::uint64_t most) {
  if (entry.size > most) {
    return fail(ErrorCode::kInvalid, "{}: entry {} of {} bytes is absurdly large", file.name(),
                name, entry.size);
  }
  std::string bytes = UNIMO_TRY(read_piece(file, entry.offset, entry.size));
  const std::uint32_t crc = crc32_of(0, bytes);
  if (entry.crc != 0 && crc != entry.crc) {
    return fail(ErrorCode::kIntegrity,
                "{}: entry {} has CRC {:08x}, the archive says {:08x}: it is damaged, fetch it "
                "again",
                file.name(), name, crc, entry.crc);
  }
  return bytes;
}

}  // namespace unimo::trainer
