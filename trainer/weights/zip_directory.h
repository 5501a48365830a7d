// The entries of a zip archive, for those that store them uncompressed, as torch.save does. The
// central directory is what is believed: local headers of streamed archives say size 0. Zip64 is
// read. Source: PKWARE's APPNOTE, 4.3.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "orchestrator/base/result.h"
#include "trainer/weights/byte_file.h"

namespace unimo::trainer {

struct ZipEntry {
  std::uint64_t offset = 0;  // of the first byte of content in the file
  std::uint64_t size = 0;    // bytes
  std::uint32_t crc = 0;     // CRC-32 of the content; 0 where the writer did not compute it
};

// By name. kInvalid for what is no zip archive, is cut off, or has compressed or encrypted entries;
// the contents lie inside the file, but have not been read.
Result<std::map<std::string, ZipEntry>> read_zip_directory(const ByteFile& file);

// The content of an entry of at most `most` bytes, its CRC checked.
Result<std::string> read_zip_entry(const ByteFile& file, const std::string& name,
                                   const ZipEntry& entry, std::uint64_t most);

}  // namespace unimo::trainer
