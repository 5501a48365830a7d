#include "stages/data_check/file_reading.h"

#include <algorithm>
#include <array>
#include <fstream>

#include "orchestrator/base/file.h"
#include "stages/data_check/file_names.h"
#include "stages/ingest/corpora/csv_reader.h"
#include "stages/ingest/image_probe.h"
#include "stages/ingest/stream/archive_reader.h"
#include "stages/ingest/stream/json_stream.h"
#include "stages/ingest/stream/line_reader.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

constexpr SourceOptions kSource{.threads = 2};

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t") == line.npos; }

Status no_column(const fs::path& path, std::string_view column) {
  return fail(ErrorCode::kInvalid, "{}: its first line has no column \"{}\"",
              path.filename().string(), column);
}

// Blank lines are items of line pairs (SBU) and none where they were taken out of the official
// number (Gigaword's test): whatever fits.
Result<std::int64_t> count_lines(const fs::path& path, std::int64_t wanted) {
  LineReader lines = UNIMO_TRY(LineReader::open(path, {.source = kSource}));
  std::int64_t count = 0, blank = 0;
  for (LineReader::Line line; UNIMO_TRY(lines.next(line));) {
    ++count;
    if (is_blank(line.text)) ++blank;
  }
  return count - blank == wanted ? wanted : count;
}

Status check_header(const fs::path& path, std::string_view column) {
  LineReader lines = UNIMO_TRY(LineReader::open(path, {.source = kSource}));
  LineReader::Line line;
  std::vector<std::string_view> names;
  if (UNIMO_TRY(lines.next(line))) split_tabs(line.text, names);
  if (std::find(names.begin(), names.end(), column) == names.end()) return no_column(path, column);
  return ok();
}

Status check_csv_header(const fs::path& path, std::string_view column) {
  CsvReader csv = UNIMO_TRY(CsvReader::open(path));
  CsvReader::Row row;
  const bool any = UNIMO_TRY(csv.next(row));
  const bool has =
      any && std::find(row.fields.begin(), row.fields.end(), column) != row.fields.end();
  return has ? ok() : no_column(path, column);
}

Result<std::int64_t> count_csv(const fs::path& path) {
  CsvReader csv = UNIMO_TRY(CsvReader::open(path));
  std::int64_t count = -1;  // the column names
  for (CsvReader::Row row; UNIMO_TRY(csv.next(row));) ++count;
  return count;
}

Result<std::int64_t> count_json(const OfficialFile& file, const fs::path& path) {
  const bool inner = file.part.starts_with("/");
  const std::string_view section = inner ? std::string_view() : file.part;
  std::int64_t count = 0;
  bool any = false;
  UNIMO_TRY(stream_json_views(
      path, {.source = kSource}, [&](const JsonPlace& place, JsonView item) -> Status {
        if (place.section != section) return ok();
        any = true;
        count += inner ? static_cast<std::int64_t>(item[file.part.substr(1)].size()) : 1;
        return ok();
      }));
  if (any) return count;
  return fail(ErrorCode::kInvalid, "{}: nothing in its list{}", path.filename().string(),
              section.empty() ? "" : fmt::format(" \"{}\"", section));
}

Result<std::int64_t> count_json_lines(const fs::path& path) {
  std::int64_t count = 0;
  UNIMO_TRY(stream_json_lines(path, {.source = kSource}, [&](const JsonPlace&, JsonView) -> Status {
    ++count;
    return ok();
  }));
  return count;
}

Result<std::int64_t> read_to_end(const fs::path& path) {
  const auto source = UNIMO_TRY(open_source(path, kSource));
  std::vector<char> buffer(1 << 20);
  std::int64_t bytes = 0;
  while (const std::size_t got = UNIMO_TRY(source->read(buffer)))
    bytes += static_cast<std::int64_t>(got);
  return bytes;
}

// OpenWebText is a tar of packed tars.
bool is_archive_name(std::string_view name) {
  return name.ends_with(".xz") || name.ends_with(".tar") || name.ends_with(".tgz");
}

MemberVisitor counting(std::string_view ending, std::int64_t& count) {
  return [ending, &count](const ArchiveMember& member, ByteSource& bytes) -> Status {
    if (member.name.ends_with(ending)) ++count;
    if (!is_archive_name(member.name)) return ok();
    return visit_archive(bytes, {.source = kSource}, counting(ending, count));
  };
}

Result<std::int64_t> count_members(const OfficialFile& file, const fs::path& path) {
  std::int64_t count = 0;
  UNIMO_TRY(visit_archive(path, {.source = kSource}, counting(file.part, count)));
  return count;
}

Result<std::int64_t> count_items(const OfficialFile& file, const fs::path& path) {
  switch (file.form) {
    case FileForm::kLines: return count_lines(path, file.items);
    case FileForm::kTable: {
      UNIMO_TRY(check_header(path, file.part));
      const std::int64_t lines = UNIMO_TRY(count_lines(path, file.items + 1));
      return lines - 1;
    }
    case FileForm::kCsv: {
      UNIMO_TRY(check_csv_header(path, file.part));
      return count_csv(path);
    }
    case FileForm::kJson: return count_json(file, path);
    case FileForm::kJsonLines: return count_json_lines(path);
    case FileForm::kStream: return read_to_end(path);
    case FileForm::kArchive: return count_members(file, path);
    case FileForm::kFiles: break;
  }
  UNIMO_CHECK(false, "files are counted by folder, not read: {}", file.name);
}

// The last bytes of a file, at most `most`.
std::string tail_of(const fs::path& path, std::int64_t size, std::int64_t most) {
  std::ifstream in(path, std::ios::binary);
  const std::int64_t length = std::min(size, most);
  in.seekg(size - length);
  std::string bytes(static_cast<std::size_t>(length), '\0');
  in.read(bytes.data(), length);
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

std::string head_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes(512, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

// Formats whose end looks like nothing else. gzip and bzip2 have none such.
std::string flaw_at_end(const OfficialFile& file, const fs::path& path, std::int64_t size) {
  using namespace std::string_view_literals;
  const std::string head = head_of(path);
  const std::string tail = tail_of(path, size, 512);
  const auto closes_with = [&](std::string_view characters) {
    const std::size_t last = tail.find_last_not_of(" \t\r\n\0"sv);
    return last != tail.npos && characters.find(tail[last]) != characters.npos;
  };
  if (head.starts_with("\xFD"
                       "7zXZ\0"sv)) {
    const std::size_t last = tail.find_last_not_of('\0');
    return last != tail.npos && last > 0 && tail.substr(last - 1, 2) == "YZ"
               ? ""
               : "does not end as xz files do: it is cut";
  }
  if (head.substr(std::min<std::size_t>(head.size(), 257), 5) == "ustar") {
    return tail.find_first_not_of('\0') == tail.npos ? ""
                                                     : "does not end as tar files do: it is cut";
  }
  const bool plain_json = file.form == FileForm::kJson && (head[0] == '{' || head[0] == '[');
  return plain_json && !closes_with("]}") ? "its last bracket is missing: it is cut" : "";
}

}  // namespace

FileReading read_official(const OfficialFile& file, const fs::path& path, bool deep) {
  std::error_code error;
  const auto size = static_cast<std::int64_t>(fs::file_size(path, error));
  if (error) return {.flaw = error.message()};
  if (size == 0) return {.flaw = "is empty"};
  if (deep || size <= kReadAtOnce) {
    const auto items = count_items(file, path);
    if (!items) return {.flaw = items.error().message};
    return {.read = true, .items = *items, .flaw = ""};
  }
  Status header = file.form == FileForm::kTable ? check_header(path, file.part)
                  : file.form == FileForm::kCsv ? check_csv_header(path, file.part)
                                                : ok();
  if (!header) return {.flaw = header.error().message};
  return {.flaw = flaw_at_end(file, path, size)};
}

FileReading read_pictures(const fs::path& folder, std::string_view name) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::string file = it->path().filename().string();
    if (matches(name, file) && it->is_regular_file(error)) files.push_back(std::move(file));
  }
  if (error) return {.flaw = error.message()};
  std::sort(files.begin(), files.end());
  std::int64_t bad = 0;
  std::string first;
  for (const std::string& file : files) {
    const auto bytes = read_file(folder / file);
    const std::string reason = bytes ? probe_image(*bytes, {}).reason : bytes.error().message;
    if (!reason.empty() && bad++ == 0) first = fmt::format("{} ({})", file, reason);
  }
  return {.read = true,
          .items = static_cast<std::int64_t>(files.size()),
          .flaw = bad == 0 ? "" : fmt::format("{} damaged, the first {}", bad, first)};
}

}  // namespace unimo::stages
