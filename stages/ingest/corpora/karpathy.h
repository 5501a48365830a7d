// Who belongs to which split: Karpathy's dataset_*.json and plain lists of pictures.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/ingest/assemble.h"

namespace unimo::stages {

// One picture of a dataset_*.json.
struct KarpathyImage {
  std::string source;    // "dataset_coco.json images[3]"
  std::string filename;  // "COCO_val2014_000000000042.jpg"
  std::string filepath;  // folder, or empty
  std::int64_t cocoid = -1;
  std::string split;
  std::vector<PendingCaption> sentences;
};

// Pictures with a broken entry go to the quarantine; a picture that stands in two splits is
// kInvalid.
Result<std::vector<KarpathyImage>> read_karpathy(const std::filesystem::path& path,
                                                 Quarantine& quarantine);

// Splits by a key of the picture: the name of its file without folders, or COCO's number in
// decimal.
class SplitTable {
 public:
  enum class Key { kFileName, kNumber };
  explicit SplitTable(Key key) : key_(key) {}

  // kInvalid when the picture is in another split already; one that is listed twice goes to the
  // quarantine.
  Status add(const std::filesystem::path& file, const std::string& split, const std::string& source,
             Quarantine& quarantine);
  // Every non-empty line of a list: a file name, perhaps with folders before and a number after it.
  Status add_list(const std::filesystem::path& path, const std::string& split,
                  Quarantine& quarantine);

  // Empty when the picture is not listed.
  std::string find(const std::string& key) const;
  bool empty() const { return table_.empty(); }

  // Calls `take(key, source)` for each, in the order of the keys.
  template <class Take>
  void visit(Take take) const {
    for (const auto& [key, split_and_source] : table_) take(key, split_and_source.second);
  }

 private:
  Key key_;
  std::map<std::string, std::pair<std::string, std::string>> table_;  // key -> split, source
};

// "val" for "karpathy_val_images.txt" or "Flickr_8k.devImages.txt"; empty when the name says
// nothing.
std::string split_of_file_name(const std::filesystem::path& path);

}  // namespace unimo::stages
