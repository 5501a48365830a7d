// Pictures from the web with the text beside them: what Conceptual Captions and SBU share.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/ingest/quarantine.h"
#include "stages/ingest/records.h"
#include "stages/schema/image_corpora.h"

namespace unimo {
class StageContext;
}

namespace unimo::stages {

struct PicturePair {
  std::string source;    // "Train_GCC-training.tsv:12"
  std::int64_t row = 0;  // in the list, from 0
  std::string url, caption;
};

// Gives the pairs in the order of their rows: false when there are no more. Rows that are no pair
// go to the quarantine there and keep their number.
using PairSource = std::function<Result<bool>(PicturePair& next)>;

struct PairList {
  std::string name;  // of ids: "cc_train" gives "cc_train_12"
  std::string split;
  PairSource pairs;
  std::function<std::int64_t()> rows;  // given so far, those that are no pair included
  // See fetched_images.h. Lists one after the other may have the same folder: then it was fetched
  // for all of them, and its rows go on from list to list.
  std::filesystem::path images;
};

// Writes the pairs of each list whose picture was fetched. Reasons of the quarantine besides
// assemble's: other_url (the outcome is of another address than the list's row). Notes:
// rows.not_fetched, fetch.<status>, pictures.placeholder, pictures.duplicate. kInvalid when a list
// has rows but not one picture.
Status write_pairs(StageContext& context, const PairIngest& params, std::vector<PairList> lists,
                   RecordsWriter& writer, Quarantine& quarantine);

}  // namespace unimo::stages
