#include "stages/region_files/region_file.h"

#include <algorithm>
#include <array>

#include "stages/region_files/json_rows.h"
#include "stages/region_files/npz_rows.h"
#include "stages/region_files/tsv_rows.h"
#include "stages/region_files/unimo_rows.h"
#include "stages/region_files/uniter_rows.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, 9> kNames = {
    "anderson", "lxmert", "unimo", "unimo_caption", "unimo_entailment",
    "uniter",   "npz",    "vinvl", "oscar"};

// What a file of a folder must end in, packed or not.
std::vector<std::string_view> endings_of(RegionFormat format) {
  switch (format) {
    case RegionFormat::kNpz: return {".npz"};
    case RegionFormat::kUniter: return {"data.mdb"};
    case RegionFormat::kVinvl: return {".label.tsv"};
    case RegionFormat::kOscar: return {".feature.tsv"};
    case RegionFormat::kUnimoCaption:
    case RegionFormat::kUnimoEntailment: return {"", ".gz"};
    default: return {".tsv", ".tsv.gz", ".csv"};
  }
}

bool ends_in_one(std::string_view name, const std::vector<std::string_view>& endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

}  // namespace

RegionFormat region_format(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  UNIMO_CHECK(found != kNames.end(), "{} is no format of region files", name);
  return static_cast<RegionFormat>(found - kNames.begin());
}

std::string_view to_string(RegionFormat format) { return kNames[static_cast<std::size_t>(format)]; }

Result<std::vector<fs::path>> find_region_files(RegionFormat format, const fs::path& path) {
  std::error_code error;
  const auto endings = endings_of(format);
  if (!fs::is_directory(path, error)) {
    if (fs::exists(path, error)) return std::vector{path};
    return fail(ErrorCode::kNotFound, "{}: there is no such file or folder", path.string());
  }
  std::vector<fs::path> files;
  for (auto entry = fs::recursive_directory_iterator(path, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code unused;
    if (entry->is_regular_file(unused) && ends_in_one(entry->path().filename().string(), endings))
      files.push_back(entry->path());
  }
  if (error) return fail(ErrorCode::kIo, "{}: {}", path.string(), error.message());
  if (files.empty()) {
    return fail(ErrorCode::kNotFound, "{}: has no file of format {} (name ending in {})",
                path.string(), to_string(format), fmt::join(endings, " or "));
  }
  std::sort(files.begin(), files.end());
  return files;
}

Result<std::unique_ptr<RegionReader>> open_region_file(RegionFormat format, const fs::path& path) {
  switch (format) {
    case RegionFormat::kAnderson:
    case RegionFormat::kLxmert:
    case RegionFormat::kUnimo: return open_tsv_rows(format, path);
    case RegionFormat::kUnimoCaption:
    case RegionFormat::kUnimoEntailment: return open_unimo_rows(format, path);
    case RegionFormat::kUniter: return open_uniter_rows(path);
    case RegionFormat::kNpz: return open_npz_rows(path);
    case RegionFormat::kVinvl: return open_vinvl_rows(path);
    case RegionFormat::kOscar: return open_oscar_rows(path);
  }
  return fail(ErrorCode::kInvalid, "{}: unknown format", path.string());
}

Result<std::unique_ptr<RegionWriter>> create_region_file(RegionFormat format,
                                                         const RegionFileOptions& options) {
  switch (format) {
    case RegionFormat::kAnderson:
    case RegionFormat::kLxmert:
    case RegionFormat::kUnimo: return create_tsv_rows(format, options);
    case RegionFormat::kUnimoCaption: return create_unimo_rows(options);
    case RegionFormat::kUniter: return create_uniter_rows(options);
    case RegionFormat::kNpz: return create_npz_rows(options);
    case RegionFormat::kVinvl: return create_vinvl_rows(options);
    case RegionFormat::kOscar: return create_oscar_rows(options);
    case RegionFormat::kUnimoEntailment: break;
  }
  return fail(ErrorCode::kInvalid, "{} cannot be written: its lines are labelled sentences",
              to_string(format));
}

}  // namespace unimo::stages
