// Packs bytes as the makers of corpora do, for tests: gzip, bzip2, xz, zstd, tar, zip.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <bzlib.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orchestrator/base/file.h"
#include "stages/ingest/stream/byte_source.h"

namespace unimo::stages {

inline std::string gzip(std::string_view text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

// `level` hundred thousand bytes a block.
inline std::string bzip2(std::string_view text, int level = 9) {
  unsigned size = static_cast<unsigned>(text.size() + text.size() / 100 + 700);
  std::string packed(size, '\0');
  EXPECT_EQ(BZ2_bzBuffToBuffCompress(packed.data(), &size, const_cast<char*>(text.data()),
                                     static_cast<unsigned>(text.size()), level, 0, 0),
            BZ_OK);
  packed.resize(size);
  return packed;
}

inline std::string xz(std::string_view text) {
  std::string packed(lzma_stream_buffer_bound(text.size()), '\0');
  std::size_t size = 0;
  EXPECT_EQ(lzma_easy_buffer_encode(
                1, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const std::uint8_t*>(text.data()),
                text.size(), reinterpret_cast<std::uint8_t*>(packed.data()), &size, packed.size()),
            LZMA_OK);
  packed.resize(size);
  return packed;
}

inline std::string zstd(std::string_view text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
  return packed;
}

// One member of a tar file: header and content, padded. `kind`: '0' file, '1' hard link, '2'
// symbolic link, '3' device, '5' folder.
inline std::string tar_member(std::string_view name, std::string_view content, char kind = '0',
                              std::string_view link = {}) {
  std::string header(512, '\0');
  header.replace(0, name.size(), name);
  header.replace(100, 8, std::string("0000644\0", 8));
  header.replace(108, 8, std::string("0000000\0", 8));
  header.replace(116, 8, std::string("0000000\0", 8));
  header.replace(124, 12, fmt::format("{:011o}", content.size()) + '\0');
  header.replace(136, 12, std::string("00000000000\0", 12));
  header.replace(148, 8, "        ");
  header[156] = kind;
  header.replace(157, link.size(), link);
  header.replace(257, 8, std::string("ustar\00000", 8));
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  header.replace(148, 8, fmt::format("{:06o}", sum) + '\0' + ' ');
  std::string member = header + std::string(content);
  member.append((512 - content.size() % 512) % 512, '\0');
  return member;
}

inline std::string tar_end() { return std::string(1024, '\0'); }

inline std::string zip(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string bytes(1 << 20, '\0');
  std::size_t used = 0;
  archive* out = archive_write_new();
  archive_write_set_format_zip(out);
  archive_write_open_memory(out, bytes.data(), bytes.size(), &used);
  for (const auto& [name, content] : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    EXPECT_EQ(archive_write_header(out, entry), ARCHIVE_OK);
    EXPECT_EQ(archive_write_data(out, content.data(), content.size()),
              static_cast<la_ssize_t>(content.size()));
    archive_entry_free(entry);
  }
  archive_write_close(out);
  archive_write_free(out);
  bytes.resize(used);
  return bytes;
}

// Text that packs to about a third, the same every time.
inline std::string some_text(std::size_t size, std::uint32_t seed = 1) {
  constexpr std::string_view kWords[] = {"a",    "dog",   "runs",  "over",  "the",   "green",
                                         "hill", "while", "seven", "birds", "watch", "him\n"};
  std::string text;
  std::uint32_t state = seed;
  while (text.size() < size) {
    state = state * 1664525 + 1013904223;
    text += kWords[(state >> 16) % std::size(kWords)];
    text += ' ';
    if ((state >> 28) == 0) text += std::to_string(state);
  }
  text.resize(size);
  return text;
}

// A folder for files, gone with the test.
class Files {
 public:
  std::filesystem::path write(const std::string& name, std::string_view bytes) const {
    const auto path = folder_.path() / name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  TempDir folder_ = TempDir::make("unimo-stream-").value();
};

// All that comes before the end or an error, and the error's text.
struct Outcome {
  std::string bytes, error;
  bool operator==(const Outcome&) const = default;
};

inline Outcome drain(ByteSource& source, std::size_t at_once = 1 << 16) {
  Outcome outcome;
  std::string buffer(at_once, '\0');
  while (true) {
    const auto got = source.read(buffer);
    if (!got) {
      outcome.error = got.error().message;
      return outcome;
    }
    if (*got == 0) return outcome;
    outcome.bytes.append(buffer, 0, *got);
  }
}

inline Outcome drain(const std::filesystem::path& path, const SourceOptions& options = {}) {
  const auto source = open_source(path, options);
  if (!source) return {{}, source.error().message};
  return drain(**source);
}

}  // namespace unimo::stages
