// `unimo data check`: what of the official files lies in a folder of downloads, and whether it is
// whole. Reads only.
//
//   unimo-stage data-check ROOT [DATASET…] [--deep] [--json]
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "stages/schema/official_files.h"

namespace unimo::stages {

enum class FileState {
  kWhole,    // as much as the makers say
  kThere,    // nothing is wrong, but it was not counted, or no number is published
  kWrong,    // another number, damaged, cut
  kMissing,  // and wanted
  kAbsent    // and not needed: not wanted, or of an edition that is not the one that is here
};
std::string_view to_string(FileState state);

struct CheckedFile {
  const OfficialFile* official = nullptr;
  FileState state = FileState::kMissing;
  std::string path;    // below the root; empty: not there
  std::string detail;  // "12667 of 15840 captions: a part"
};

struct CheckedDataset {
  const OfficialDataset* official = nullptr;
  bool asked_for = false;
  std::vector<CheckedFile> files;  // in the order of the table

  bool is_here() const;   // something of it
  bool complete() const;  // something, and nothing wrong or missing
};

struct DataCheck {
  std::filesystem::path root;
  std::vector<CheckedDataset> datasets;
  std::vector<std::string> unread;  // folders that could not be read, and why
  std::int64_t count(FileState state) const;
};

struct DataCheckOptions {
  std::vector<std::string> datasets;  // names; none: all
  // Read everything: count what is large, compare digests, decode pictures.
  bool deep = false;
};

// kNotFound or kInvalid for a root that is no folder, or an unknown data set.
Result<DataCheck> check_data(const std::filesystem::path& root, const DataCheckOptions& options);

std::string to_text(const DataCheck& check);
Json to_json(const DataCheck& check);

// 0; 4 when a file is wrong, or missing of a data set that was asked for; 7 when a folder could not
// be read: as in `unimo help-exit-codes`.
int exit_code_of(const DataCheck& check);

// argv[0] is "data-check". Also 2 for bad usage.
int run_data_check(int argc, char** argv);

}  // namespace unimo::stages
