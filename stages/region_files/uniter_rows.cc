#include "stages/region_files/uniter_rows.h"

#include <algorithm>
#include <cmath>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"
#include "stages/region_files/lmdb_file.h"
#include "stages/region_files/msgpack_arrays.h"
#include "stages/region_files/npz_rows.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kEnding = ".npz", kKeys = "__keys__";
constexpr const char* kFolder = "feat_th0.2_max100_min10";
constexpr const char* kCounts = "nbb_th0.2_max100_min10.json";
constexpr float kLargestHalf = 65504;

class UniterRows : public RegionReader {
 public:
  UniterRows(LmdbReader file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}

  Result<bool> next(RawRow& raw) override {
    LmdbReader::Entry entry;
    do {
      const bool more = UNIMO_TRY(file_.next(entry));
      if (!more) return false;
    } while (entry.key == kKeys);
    raw.place = fmt::format("{}: {}", name_, entry.key);
    raw.key = entry.key.substr(0, entry.key.size() - (entry.key.ends_with(kEnding) ? 4 : 0));
    raw.bytes = entry.value;
    return true;
  }
  ParsedRow parse(const RawRow& raw) const override {
    return parse_uniter_value(raw.bytes, raw.key);
  }
  bool by_line() const override { return false; }

 private:
  LmdbReader file_;
  std::string name_;
};

class UniterFile : public RegionWriter {
 public:
  UniterFile(LmdbWriter file, fs::path folder)
      : file_(std::move(file)), folder_(std::move(folder)) {}

  Status add(const RegionRow& row) override {
    UNIMO_TRY(check_row(row));
    if (std::any_of(row.features.begin(), row.features.end(),
                    [](float v) { return std::fabs(v) > kLargestHalf; }))
      return fail(ErrorCode::kInvalid, "image {}: a feature is too large for half precision",
                  row.id);
    const std::string key = row.id + std::string(kEnding);
    counts_[key] = row.count;
    keys_.push_back(key);
    return file_.put(key, format_msgpack_arrays(arrays_of_shares(row)));
  }

  Status finish() override {
    UNIMO_TRY(file_.put(kKeys, canonical_text(keys_)));
    UNIMO_TRY(file_.finish());
    return write_file(folder_ / kCounts, canonical_text(counts_));
  }

 private:
  LmdbWriter file_;
  fs::path folder_;
  Json keys_ = Json::array(), counts_ = Json::object();
};

}  // namespace

ParsedRow parse_uniter_value(std::string_view value, std::string_view id) {
  const bool zip = value.starts_with("PK");
  const auto arrays = zip ? parse_npz(value, std::string(id)) : parse_msgpack_arrays(value);
  if (arrays) return row_of_arrays(*arrays, id);
  RowParser parser;
  parser.id(id);
  parser.wrong(zip ? "bad_npz" : "bad_msgpack", arrays.error().message);
  return parser.take();
}

Result<std::unique_ptr<RegionReader>> open_uniter_rows(const fs::path& path) {
  std::error_code error;
  const fs::path file = fs::is_directory(path, error) ? path / "data.mdb" : path;
  LmdbReader reader = UNIMO_TRY(LmdbReader::open(file));
  const std::string name = (file.parent_path().filename() / file.filename()).string();
  return std::unique_ptr<RegionReader>(std::make_unique<UniterRows>(std::move(reader), name));
}

Result<std::unique_ptr<RegionWriter>> create_uniter_rows(const RegionFileOptions& options) {
  const fs::path folder = options.folder / options.name;
  LmdbWriter writer = UNIMO_TRY(LmdbWriter::create(folder / kFolder));
  return std::unique_ptr<RegionWriter>(std::make_unique<UniterFile>(std::move(writer), folder));
}

}  // namespace unimo::stages
