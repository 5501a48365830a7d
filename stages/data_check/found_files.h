// What lies below a folder of downloads, as far as official names are concerned: one walk, in
// memory that grows with the folders and the named files, not with the pictures.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/schema/official_files.h"

namespace unimo::stages {

struct FoundFile {
  std::string folder;  // below the root, between slashes; "" for the root
  std::string name;
  std::int64_t size = 0;
  std::string problem;  // empty: a file; else what is wrong with it, such as a link to nothing
  std::string path() const { return folder.empty() ? name : folder + "/" + name; }
};

struct FoundFolder {
  std::string path;  // as FoundFile::folder
  std::int64_t files = 0;
};

class FoundFiles {
 public:
  // Links are followed; a folder that several lead to is entered once. kNotFound and kInvalid when
  // `root` is no folder. Folders below it that cannot be read are told by unread().
  static Result<FoundFiles> walk(const std::filesystem::path& root);

  // Those that count for the data set: exact names, or, when there is none, parts. By path.
  std::vector<const FoundFile*> named(const OfficialDataset& dataset, std::string_view official,
                                      bool anywhere) const;
  // For FileForm::kFiles: folders with how many such files they have.
  std::vector<FoundFolder> counted(const OfficialDataset& dataset, std::string_view official,
                                   bool anywhere) const;

  const std::filesystem::path& root() const { return root_; }
  // "images/train2014: Permission denied".
  const std::vector<std::string>& unread() const { return unread_; }
  // Whether a folder here, or the root itself, is called like the data set.
  bool has_folder_of(const OfficialDataset& dataset) const;

 private:
  struct Folder {
    std::string path;
    std::map<std::string_view, std::int64_t> counts;  // by name of FileForm::kFiles
  };
  class Walk;

  // Whether files of the folder count for the data set.
  bool counts_for(const OfficialDataset& dataset, std::string_view folder, bool anywhere) const;
  bool is_called(const OfficialDataset& dataset, std::string_view folder) const;

  std::filesystem::path root_;
  std::vector<Folder> folders_;
  std::vector<FoundFile> files_;
  std::vector<std::string> unread_;
};

}  // namespace unimo::stages
