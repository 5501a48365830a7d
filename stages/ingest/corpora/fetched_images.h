// Pictures that were downloaded for the rows of a list, asked for in the order of the rows.
//
// A folder is one of two things:
// - an artifact of fetch.images: `outcomes.jsonl` with a line for each row, {"row", "url",
// "status"}
//   and, when the status is "ok", {"file", "offset", "size", "sha256"}: the place of the bytes in a
//   tar of the folder. Lines may be in any order; the last one of a row counts.
// - pictures named by their row ("00000012.jpg"), in sub-folders too, whatever fetched them.
// Rows count from 0: the first line of the list is row 0.
//
//   auto fetched = UNIMO_TRY(FetchedImages::open(folder, context.output(), 5));
//   for (row = 0; ...; ++row) {
//     const FetchedImage* image = UNIMO_TRY(fetched.find(row));
//     if (image != nullptr && image->verdict == FetchedImage::Verdict::kUsable) ...
//   }
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/ingest/id_table.h"
#include "stages/ingest/spill_sort.h"

namespace unimo::stages {

struct FetchedImage {
  enum class Verdict {
    kUsable,
    kFailed,       // `status` says why
    kPlaceholder,  // many addresses gave these bytes
    kDuplicate     // an earlier row gave these bytes
  };
  Verdict verdict = Verdict::kFailed;
  std::int64_t row = 0;
  std::string url;     // empty: not known
  std::string status;  // "ok", "gone", "timeout", …
  std::filesystem::path path;
  std::int64_t offset = 0, size = -1;  // size -1: the whole file
};

class FetchedImages {
 public:
  // `temporary` holds a file without a name. kInvalid when the folder is neither kind, a line of
  // outcomes.jsonl is not as above, or two files have one row.
  static Result<FetchedImages> open(const std::filesystem::path& folder,
                                    const std::filesystem::path& temporary,
                                    std::int64_t placeholder_rows);

  // Null when nothing is known of the row. Rows must ascend; the value lives until the next call.
  Result<const FetchedImage*> find(std::int64_t row);

  // Rows with a picture, whatever it is worth.
  std::int64_t pictures() const { return pictures_; }

 private:
  FetchedImages(std::filesystem::path folder, const std::filesystem::path& temporary);
  Status read_outcomes();
  Status scan_folder();
  void find_repeated(std::int64_t placeholder_rows);
  Result<bool> advance();
  FetchedImage::Verdict judge(const std::string& sha256);

  std::filesystem::path folder_;
  std::unique_ptr<SpillSort> outcomes_;  // by row
  std::vector<std::uint64_t> sums_;      // first eight bytes of the SHA-256 of every picture
  IdTable placeholders_, seen_;          // sums that repeat
  FetchedImage ahead_, current_;         // the next outcome, and the one that was found
  std::string ahead_sum_;
  bool has_ahead_ = false, started_ = false;
  std::int64_t pictures_ = 0;
};

}  // namespace unimo::stages
