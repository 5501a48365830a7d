// Feature files of others behind one interface: open one, take its rows; or create one, add rows.
//
//   const auto reader = UNIMO_TRY(open_region_file(RegionFormat::kLxmert, path));
//   for (RawRow raw; UNIMO_TRY(reader->next(raw));) {
//     const ParsedRow parsed = reader->parse(raw);  // any thread, any number at once
//     ...
//   }
//   auto writer = UNIMO_TRY(create_region_file(RegionFormat::kOscar, {.folder = folder}));
//   UNIMO_TRY(writer->add(row));  …  UNIMO_TRY(writer->finish());
//
// A reader holds one raw row at a time. A file that is no file of its format as a whole (cannot be
// opened, is UTF-16, its index belongs to another file) is an Error; a bad row is a ParsedRow with
// a reason. docs/region_files.md says which columns there are and what of them is kept.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/region_files/region_row.h"

namespace unimo::stages {

enum class RegionFormat {
  kAnderson,
  kLxmert,
  kUnimo,
  kUnimoCaption,
  kUnimoEntailment,
  kUniter,
  kNpz,
  kVinvl,
  kOscar
};
// "anderson", …: as parameters have it. The name must be one of them.
RegionFormat region_format(std::string_view name);
std::string_view to_string(RegionFormat format);

// One picture's bytes, not looked into yet.
struct RawRow {
  std::string place;  // "train.tsv:12", "coco.npz", for the quarantine
  std::string key;    // the picture's name where it stands outside of the bytes
  std::string bytes;
  std::string side;  // of a second file: the picture's size
};

class RegionReader {
 public:
  virtual ~RegionReader() = default;
  // False at the end. One thread.
  virtual Result<bool> next(RawRow& raw) = 0;
  virtual ParsedRow parse(const RawRow& raw) const = 0;
  // A last row that is damaged was cut off: so it is with lines, not with files of one picture
  // each.
  virtual bool by_line() const { return true; }
  // One line may speak of a picture that others spoke of: its captions.
  virtual bool repeats_pictures() const { return false; }
  // Names of the classes where the files bring them along, without a background.
  virtual std::vector<std::string> class_names() const { return {}; }
};

// The files of the format at `path`: itself, or below it when it is a folder, in the order of their
// names. kNotFound when there is none.
Result<std::vector<std::filesystem::path>> find_region_files(RegionFormat format,
                                                             const std::filesystem::path& path);
Result<std::unique_ptr<RegionReader>> open_region_file(RegionFormat format,
                                                       const std::filesystem::path& path);

struct RegionFileOptions {
  std::filesystem::path folder;
  std::string name = "regions";          // first part of the files' names
  std::vector<std::string> class_names;  // without a background
};

// add* and finish, on one thread. A row that the format cannot hold is kInvalid.
class RegionWriter {
 public:
  virtual ~RegionWriter() = default;
  virtual Status add(const RegionRow& row) = 0;
  virtual Status finish() = 0;
};

// Not for kUnimoEntailment, whose lines are labelled sentences about pictures.
Result<std::unique_ptr<RegionWriter>> create_region_file(RegionFormat format,
                                                         const RegionFileOptions& options);

}  // namespace unimo::stages
