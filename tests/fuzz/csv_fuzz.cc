// Any bytes as CSV: the same rows whatever the pieces they come in, and what is written out as RFC
// 4180 has it reads as it was.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "stages/ingest/corpora/csv_reader.h"
#include "tests/fuzz/fuzz_bytes.h"

namespace {

using unimo::stages::CsvReader;
using unimo::stages::FuzzBytes;
using Rows = std::vector<std::vector<std::string>>;

// False when the file is refused.
bool read(std::string_view bytes, std::size_t piece, Rows& rows, bool& problems) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  CsvReader csv(std::make_unique<FuzzBytes>(data, bytes.size(), piece));
  for (CsvReader::Row row;;) {
    const auto more = csv.next(row);
    if (!more) return false;
    if (!*more) return true;
    problems = problems || !row.problem.empty();
    rows.push_back(row.fields);
  }
}

std::string write(const Rows& rows) {
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += i == 0 ? "\"" : ",\"";
      for (const char c : row[i]) text.append(c == '"' ? 2 : 1, c);
      text += '"';
    }
    text += "\r\n";
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Rows rows, pieces, again;
  bool problems = false;
  const bool fine = read(bytes, size + 1, rows, problems);
  if (read(bytes, 1, pieces, problems) != fine || pieces != rows) std::abort();
  if (!fine || problems) return 0;
  if (!read(write(rows), 7, again, problems) || problems || again != rows) std::abort();
  return 0;
}
