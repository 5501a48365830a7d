// The lines of a text file, plain or packed with gzip, read once from front to back, and the digest
// of the text.
//
//   auto lines = UNIMO_TRY(LineFile::open(path));
//   std::string_view line;
//   while (lines.next(line)) …
//   UNIMO_TRY(lines.end());
//
// The digest is that of the unpacked text, so that packing a file does not make it another one.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "orchestrator/base/result.h"

namespace unimo::eval {

class LineFile {
 public:
  static Result<LineFile> open(const std::filesystem::path& file);
  LineFile(LineFile&&) noexcept;
  LineFile& operator=(LineFile&&) noexcept;
  ~LineFile();

  // The next line without its end ("\n" or "\r\n"), valid until the next call. False at the end of
  // the file, and where it is damaged.
  bool next(std::string_view& line);
  // After next() said false: ok() when that was the end; the digest is complete then.
  Status end() const;
  // 64 hexadecimal digits of the whole text; call it once, after end().
  std::string digest();
  // Where the last line stood: "english.exceptions:12".
  std::string place() const;

 private:
  struct Stream;
  explicit LineFile(std::unique_ptr<Stream> stream);
  std::unique_ptr<Stream> stream_;
};

}  // namespace unimo::eval
