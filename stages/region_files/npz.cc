#include <algorithm>
#include <cstring>

#include "stages/ingest/stream/archive_reader.h"
#include "stages/region_files/npy.h"
#include "trainer/weights/crc32.h"

namespace unimo::stages {

namespace {

constexpr std::int64_t kMostMembers = 64, kMostMemberBytes = 256 << 20;

class Memory : public ByteSource {
 public:
  Memory(std::string_view bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {}
  Result<std::size_t> read(std::span<char> into) override {
    const std::size_t count = std::min(into.size(), bytes_.size() - given_);
    std::copy_n(bytes_.data() + given_, count, into.data());
    given_ += count;
    return count;
  }
  const std::string& name() const override { return name_; }
  std::int64_t consumed() const override { return static_cast<std::int64_t>(given_); }
  std::int64_t file_size() const override { return static_cast<std::int64_t>(bytes_.size()); }

 private:
  std::string_view bytes_;
  std::string name_;
  std::size_t given_ = 0;
};

// The end record stands in the last bytes; without it the file was cut, wherever.
bool has_end_record(std::string_view bytes) {
  constexpr std::size_t kEndBytes = 22, kComment = 65535;
  const std::string_view tail =
      bytes.substr(bytes.size() - std::min(bytes.size(), kEndBytes + kComment));
  const std::size_t at = tail.rfind(std::string_view("PK\x05\x06", 4));
  return at != tail.npos && tail.size() - at >= kEndBytes;
}

// Numbers of a zip archive's headers, little-endian.
template <class... Numbers>
void put(std::string& out, Numbers... numbers) {
  const auto one = [&](auto number) {
    char bytes[sizeof number];
    std::memcpy(bytes, &number, sizeof number);
    out.append(bytes, sizeof number);
  };
  (one(numbers), ...);
}

using U16 = std::uint16_t;
using U32 = std::uint32_t;

// What a local header and the directory's say alike, from the version that is needed on:
// not packed, the first of January 1980.
void put_common(std::string& out, const std::string& name, std::string_view content, U32 crc) {
  const auto size = static_cast<U32>(content.size());
  put(out, U16{20}, U16{0}, U16{0}, U16{0}, U16{0x21}, crc, size, size,
      static_cast<U16>(name.size()), U16{0});
}

}  // namespace

Result<NumberArrays> parse_npz(std::string_view bytes, const std::string& name) {
  if (!bytes.starts_with(std::string_view("PK", 2)))
    return fail(ErrorCode::kInvalid, "{}: is no .npz archive", name);
  if (!has_end_record(bytes)) {
    return fail(ErrorCode::kInvalid,
                "{}: the archive has no directory at its end: it was cut; get it again", name);
  }
  NumberArrays arrays;
  Memory memory(bytes, name);
  const auto take = [&](const ArchiveMember& member, ByteSource& content) -> Status {
    if (!member.name.ends_with(".npy")) return ok();
    const std::string npy = UNIMO_TRY(read_all(content, kMostMemberBytes));
    auto array = parse_npy(npy);
    if (!array) {
      return fail(ErrorCode::kInvalid, "{}: {}: {}", name, member.name, array.error().message);
    }
    if (*array) arrays[member.name.substr(0, member.name.size() - 4)] = std::move(**array);
    return ok();
  };
  UNIMO_TRY(visit_archive(
      memory, {.max_members = kMostMembers, .max_member_bytes = kMostMemberBytes}, take));
  return arrays;
}

std::string format_npz(const NumberArrays& arrays) {
  std::string file, directory;
  for (const auto& [key, array] : arrays) {
    const std::string name = key + ".npy", content = format_npy(array);
    const U32 crc = trainer::crc32_of(0, content);
    const auto offset = static_cast<U32>(file.size());
    put(file, U32{0x04034b50});
    put_common(file, name, content, crc);
    file += name + content;
    put(directory, U32{0x02014b50}, U16{20});
    put_common(directory, name, content, crc);
    put(directory, U16{0}, U16{0}, U16{0}, U32{0}, offset);
    directory += name;
  }
  const auto count = static_cast<U16>(arrays.size());
  const auto offset = static_cast<U32>(file.size());
  file += directory;
  put(file, U32{0x06054b50}, U16{0}, U16{0}, count, count, static_cast<U32>(directory.size()),
      offset, U16{0});
  return file;
}

}  // namespace unimo::stages
