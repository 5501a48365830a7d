// The files that the makers of the corpora and benchmarks publish, by which `unimo data check`
// judges a folder of downloads: names, where they are to be had, how much must be in them.
// docs/data.md has the same table for people; a test keeps the two together.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace unimo::stages {

// What can be counted of a file.
enum class FileForm {
  kLines,      // lines, with or without the blank ones
  kTable,      // rows below a line of column names, between tabs
  kCsv,        // the same with commas and quotes
  kJson,       // elements of a list
  kJsonLines,  // lines that are JSON
  kStream,     // nothing: read to its end
  kArchive,    // members, also of archives inside
  kFiles,      // files of this name
};

struct OfficialFile {
  // Files of one edition belong together, and one edition is enough; "": wanted with all of them.
  std::string_view edition;
  // "*" stands for anything. Before a slash stands the folder that kFiles lie in. What matches a
  // name with "*" counts together.
  std::string_view name;
  FileForm form = FileForm::kLines;
  // kTable, kCsv: a column that must be there. kJson: the list, "annotations", or "" for a document
  // that is one; "/regions": the lists of this name in the elements of the document. kArchive: how
  // the members' names end.
  std::string_view part = "";
  std::int64_t items = 0;      // how many there are; 0: not published
  std::string_view unit = "";  // what they are: "captions"
  bool wanted = true;          // false: its absence is no lack
  bool rounded = false;        // items are published as a round number
  // Of the file as it is known to be complete; another size with all items is another edition of
  // the same, not a mistake. 0 and "": not known.
  std::int64_t size = 0;
  std::string_view sha256 = "";
};

struct OfficialDataset {
  std::string_view name;                     // also of its folder
  std::string_view kind;                     // the stage that reads it
  std::vector<std::string_view> more_names;  // other names that its folder may have, in lower case
  std::string_view where;                    // pages for people
  // Its files' names (train.tsv) are those of other data sets too: they count below its own folder
  // only.
  bool own_folder = false;
  std::vector<OfficialFile> files;
};

// Corpora, then benchmarks. Lives as long as the program.
const std::vector<OfficialDataset>& official_datasets();

// Null when there is none.
const OfficialDataset* find_official_dataset(std::string_view name);

std::vector<std::string> official_dataset_names();

}  // namespace unimo::stages
