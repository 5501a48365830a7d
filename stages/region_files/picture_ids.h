// Which picture of the records a row speaks of: feature files and records name the same pictures
// differently (COCO_train2014_000000132417, coco_train2014_000000132417, 132417).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "orchestrator/base/result.h"
#include "orchestrator/stage/job.h"
#include "stages/ingest/picture_names.h"

namespace unimo::stages {

struct PictureOfRow {
  std::string id, split;
  std::int64_t width = 0, height = 0;  // pixels
};

class PictureIds {
 public:
  // Of the pictures of all records artifacts. `numbered_by` is "auto" (as the records are numbered,
  // if all are alike) or whose numbers bare ones in the rows are.
  static Result<PictureIds> read(std::span<const InputItem> records, std::string_view numbered_by);

  std::size_t size() const { return pictures_.size(); }

  struct Found {
    const PictureOfRow* picture = nullptr;  // null: there is none
    bool ambiguous = false;                 // the name could be that of two pictures
  };
  // By the id itself, else by the names it stands for, else by what records say a picture is
  // elsewhere (Visual Genome's are COCO's). Any thread.
  Found find(std::string_view row_id) const;

 private:
  using Numbers = std::unordered_map<std::string, std::uint32_t>;  // looked up only
  void add(const ImageRecord& image, NumberedBy by);
  Found find_in(const Numbers& numbers, std::span<const std::string> names) const;
  NumberedBy numbered_by_ = NumberedBy::kUnknown;
  std::vector<PictureOfRow> pictures_;
  // By id, by the names of the id, by what their makers say they are elsewhere; the numbers of
  // pictures, or kTwo where two share a name.
  Numbers ids_, names_, elsewhere_;
};

// The names that a row's id stands for; also UNITER's (vg_000000000002, flickr30k_000001000092795).
std::vector<std::string> names_of_row(std::string_view id, NumberedBy by);

}  // namespace unimo::stages
