// Who belongs to which split: Karpathy's dataset_*.json and plain lists of pictures.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "orchestrator/stage/job.h"
#include "stages/ingest/assemble.h"

namespace unimo::stages {

// One picture of a dataset_*.json.
struct KarpathyImage {
  std::string source;  // "dataset_coco.json images[3]"
  std::string file;    // "dataset_coco.json"
  std::int64_t index = 0;
  std::string filename;  // "COCO_val2014_000000000042.jpg"
  std::string filepath;  // folder, or empty
  std::int64_t cocoid = -1;
  std::string split;
  std::vector<PendingCaption> sentences;
};

// One picture after the other; those with a broken entry go to the quarantine. kInvalid when there
// are none at all.
Status visit_karpathy(const std::filesystem::path& path, Quarantine& quarantine,
                      const std::function<Status(KarpathyImage& image)>& visit);

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

// "dataset_coco.json", packed or not.
bool is_json_name(const std::filesystem::path& path);

// Fills a table from Karpathy files (by their ending .json) and lists named after their split.
// Returns whether they name the pictures for training too, as Karpathy files do: lists of val and
// test alone mean that everything else is for training.
Result<bool> read_split_files(std::span<const InputItem> items, SplitTable& table,
                              Quarantine& quarantine);

// "val" for "karpathy_val_images.txt" or "Flickr_8k.devImages.txt"; empty when the name says
// nothing.
std::string split_of_file_name(const std::filesystem::path& path);

}  // namespace unimo::stages
