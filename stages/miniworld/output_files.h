// Files that grow piece by piece, so that a world of any size is written in the same memory.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/growing_file.h"
#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"

namespace unimo::stages {

// Three files of one kind, one for each split.
class SplitFiles {
 public:
  // Relative to `folder`.
  static Result<SplitFiles> create(const std::filesystem::path& folder, const std::string& train,
                                   const std::string& val, const std::string& test);
  // `split`: train, val or test.
  GrowingFile& of(std::string_view split) {
    return split == "train" ? train_ : split == "val" ? val_ : test_;
  }
  // The same text into all.
  Status add(std::string_view text);
  Status close();

 private:
  SplitFiles(GrowingFile train, GrowingFile val, GrowingFile test)
      : train_(std::move(train)), val_(std::move(val)), test_(std::move(test)) {}
  GrowingFile train_, val_, test_;
};

// A whole file at once; folders above it are made.
Status put_file(const std::filesystem::path& path, std::string_view bytes);

// A JSON document whose lists are longer than memory: one object with some lists as members
// (COCO), or a list alone (Visual Genome). Compact, members in alphabetical order.
class GrowingJson {
 public:
  // Names of the lists, in any order. An empty one stands alone: the document is a list.
  static Result<GrowingJson> create(std::filesystem::path path, std::vector<std::string> lists);
  // To the list with this index in `lists`.
  Status add(std::size_t list, const Json& row);
  // `rest`: an object with the other members.
  Status finish(const Json& rest = Json::object());

 private:
  struct List {
    std::string name;
    GrowingFile rows;  // beside the document, until finish
    bool empty = true;
  };
  explicit GrowingJson(std::filesystem::path path) : path_(std::move(path)) {}
  Status append(List& list, GrowingFile& document);
  std::filesystem::path path_;
  std::vector<List> lists_;
};

}  // namespace unimo::stages
