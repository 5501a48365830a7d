// The artifact of fetch.images, made from the journal when everything was asked.
//
//   auto outcomes = UNIMO_TRY(Outcomes::gather(plan, journal, limit, temporary));
//   if (outcomes.bad_share() > ...) ...
//   UNIMO_TRY(outcomes.write(plan, journal, folder, progress));
//
// Pictures go into the tar files in the order of the first row that has them, whatever the order in
// which answers came: that is why they are written at the end, and why the journal's bytes and the
// artifact need the disk twice for a while. Memory holds 24 bytes for each picture that comes
// more than once; the rest is sorted on disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "stages/fetch/journal.h"
#include "stages/fetch/row_plan.h"
#include "stages/ingest/image_tar.h"
#include "stages/ingest/spill_sort.h"

namespace unimo::stages {

class Outcomes {
 public:
  // Takes the plan's repeats. `placeholder_limit`: identical pictures under more addresses are
  // placeholders.
  static Result<Outcomes> gather(RowPlan& plan, const Journal& journal,
                                 std::int64_t placeholder_limit,
                                 const std::filesystem::path& temporary);

  // outcomes.jsonl, the tar files, statistics.json, outcomes.md. Once. `progress` is told how many
  // rows are written, and may end it by an error.
  Status write(const RowPlan& plan, const Journal& journal, const std::filesystem::path& folder,
               const std::function<Status(std::int64_t rows)>& progress);

  std::int64_t rows() const { return rows_; }
  std::int64_t pictures() const { return pictures_; }  // different ones, once written
  std::int64_t bytes() const { return bytes_; }        // of those

  // Rows by status.
  const std::map<std::string, std::int64_t>& counts() const { return counts_; }
  double bad_share() const;  // rows that are not "ok"

 private:
  // A picture of several rows.
  struct Shared {
    std::int64_t first_row = 0;
    bool placeholder = false;
    std::uint32_t tar = 0;  // its place, once it is written: an index of tars_
    std::int64_t offset = 0;
  };
  explicit Outcomes(const std::filesystem::path& temporary);
  Status join(RowPlan& plan, const Journal& journal, const std::filesystem::path& temporary,
              SpillSort& by_sum);
  Status add(std::int64_t row, bool new_address, const JournalEntry& entry, SpillSort& by_sum);
  Status group(SpillSort& by_sum, std::int64_t placeholder_limit);
  Shared* shared(std::int64_t first_row);
  Result<std::string> outcome(const PlannedRow& planned, const Journal& journal,
                              ImageTarWriter& pictures);
  Status fill(Json& line, std::int64_t first_row, const JournalEntry& entry, const Journal& journal,
              ImageTarWriter& pictures);
  Json statistics(const RowPlan& plan) const;
  std::string table() const;

  SpillSort by_row_;  // payload: the first row that has the same picture; the journal's line
  std::vector<Shared> shared_;  // by first_row
  std::vector<std::string> tars_;
  std::map<std::string, std::int64_t> counts_;
  std::int64_t rows_ = 0, pictures_ = 0, bytes_ = 0;
};

}  // namespace unimo::stages
