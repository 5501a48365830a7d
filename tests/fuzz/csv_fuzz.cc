// Any bytes as CSV: the same rows whatever the pieces they come in, and what is written out as RFC
// 4180 has it reads as it was.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "stages/ingest/corpora/csv_reader.h"

namespace {

using unimo::stages::ByteSource;
using unimo::stages::CsvReader;
using Rows = std::vector<std::vector<std::string>>;

class Pieces : public ByteSource {
 public:
  Pieces(std::string_view bytes, std::size_t piece) : bytes_(bytes), piece_(piece) {}
  unimo::Result<std::size_t> read(std::span<char> into) override {
    const std::size_t count = std::min({piece_, into.size(), bytes_.size() - at_});
    std::copy_n(bytes_.data() + at_, count, into.data());
    at_ += count;
    return count;
  }
  const std::string& name() const override { return name_; }
  std::int64_t consumed() const override { return static_cast<std::int64_t>(at_); }
  std::int64_t file_size() const override { return static_cast<std::int64_t>(bytes_.size()); }

 private:
  std::string_view bytes_;
  std::string name_ = "fuzz.csv";
  std::size_t piece_, at_ = 0;
};

// False when the file is refused.
bool read(std::string_view bytes, std::size_t piece, Rows& rows, bool& problems) {
  CsvReader csv(std::make_unique<Pieces>(bytes, piece));
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
