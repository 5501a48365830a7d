#include "stages/retrieval/neighbour_files.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "orchestrator/base/in_parallel.h"

namespace unimo::stages {

namespace {

constexpr std::size_t kGroup = 32;           // queries that a thread takes at once
constexpr std::size_t kBatch = 64 * kGroup;  // queries between two writes

}  // namespace

void NeighbourTotals::add(std::size_t found, std::size_t wanted) {
  ++lists;
  short_lists += found < wanted ? 1 : 0;
  empty_lists += found == 0 ? 1 : 0;
  neighbours += static_cast<std::int64_t>(found);
}

void NeighbourTotals::add(const NeighbourTotals& other) {
  lists += other.lists;
  short_lists += other.short_lists;
  empty_lists += other.empty_lists;
  neighbours += other.neighbours;
}

Json NeighbourTotals::json() const {
  return {{"lists", lists},
          {"short_lists", short_lists},
          {"empty_lists", empty_lists},
          {"neighbours", neighbours}};
}

double written_score(double score) { return std::round(score * 1e6) / 1e6; }

Result<NeighbourFiles> NeighbourFiles::create(const std::filesystem::path& folder) {
  auto contrasts = UNIMO_TRY(GrowingFile::create(folder / "contrasts.jsonl"));
  auto neighbours = UNIMO_TRY(GrowingFile::create(folder / "neighbours.jsonl"));
  return NeighbourFiles(std::move(contrasts), std::move(neighbours));
}

Result<NeighbourTotals> NeighbourFiles::write_all(StageContext& context, const char* unit,
                                                  std::size_t count,
                                                  const std::function<Look()>& make) {
  NeighbourTotals totals;
  for (std::size_t begin = 0; begin < count; begin += kBatch) {
    if (StageContext::stop_requested())
      return fail(ErrorCode::kCancelled, "stopped while looking for neighbours");
    const std::size_t end = std::min(begin + kBatch, count);
    std::vector<NeighbourLines> groups((end - begin + kGroup - 1) / kGroup);
    in_parallel(groups.size(), context.job().resources.cores, [&](std::size_t group) {
      const Look look = make();
      const std::size_t first = begin + group * kGroup;
      for (std::size_t query = first; query < std::min(first + kGroup, end); ++query)
        look(query, groups[group]);
    });
    for (const NeighbourLines& group : groups) {
      UNIMO_TRY(contrasts_.add(group.contrasts));
      UNIMO_TRY(neighbours_.add(group.neighbours));
      totals.add(group.totals);
    }
    context.events().progress(static_cast<std::int64_t>(end), static_cast<std::int64_t>(count),
                              unit);
  }
  return totals;
}

Status NeighbourFiles::finish() {
  UNIMO_TRY(contrasts_.close());
  return neighbours_.close();
}

}  // namespace unimo::stages
