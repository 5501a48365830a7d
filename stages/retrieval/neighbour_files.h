// What a part of `retrieve` writes: contrasts.jsonl and neighbours.jsonl (docs/formats.md), made by
// several threads and written in one order.
//
//   auto files = UNIMO_TRY(NeighbourFiles::create(context.output()));
//   const auto totals = UNIMO_TRY(files.write_all(context, "captions", count, [&] {
//     return [search = TextSearch(index)](std::size_t i, NeighbourLines& lines) mutable { … };
//   }));
//   UNIMO_TRY(files.finish());
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "orchestrator/base/growing_file.h"
#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "orchestrator/stage/stage.h"

namespace unimo::stages {

// Lists of neighbours, all together.
struct NeighbourTotals {
  std::int64_t lists = 0;
  std::int64_t short_lists = 0;  // fewer than were asked for
  std::int64_t empty_lists = 0;
  std::int64_t neighbours = 0;

  void add(std::size_t found, std::size_t wanted);
  void add(const NeighbourTotals& other);
  Json json() const;
};

struct NeighbourLines {
  std::string contrasts, neighbours;
  NeighbourTotals totals;

  void contrast(const Json& line) { contrasts += canonical_text(line) + "\n"; }
  void neighbour(const Json& line) { neighbours += canonical_text(line) + "\n"; }
};

// A score as it is written: six digits behind the point.
double written_score(double score);

class NeighbourFiles {
 public:
  using Look = std::function<void(std::size_t query, NeighbourLines& lines)>;

  static Result<NeighbourFiles> create(const std::filesystem::path& folder);

  // Calls a `Look` of `make`, one a thread at a time, for every query below `count`, and writes
  // what they gave in the order of the queries. About two thousand queries' lines are in memory.
  Result<NeighbourTotals> write_all(StageContext& context, const char* unit, std::size_t count,
                                    const std::function<Look()>& make);
  Status finish();

 private:
  NeighbourFiles(GrowingFile contrasts, GrowingFile neighbours)
      : contrasts_(std::move(contrasts)), neighbours_(std::move(neighbours)) {}

  GrowingFile contrasts_, neighbours_;
};

}  // namespace unimo::stages
