#include "trainer/loop/agreement.h"

#include <string>
#include <vector>

namespace unimo::trainer {

Status agree(Comm& comm, RankFlags& flags) {
  std::vector<std::int64_t> counts = {flags.is_bad ? 1 : 0, flags.stopping ? 1 : 0};
  UNIMO_TRY(comm.all_reduce(host_buffer(std::span(counts))));
  flags.is_bad = counts[0] > 0;
  flags.stopping = counts[1] > 0;
  return ok();
}

Status check_same_step(Comm& comm, std::int64_t step, const std::filesystem::path& folder) {
  std::vector<std::int64_t> steps(static_cast<std::size_t>(comm.size()), 0);
  steps[static_cast<std::size_t>(comm.rank())] = step;
  UNIMO_TRY(comm.all_reduce(host_buffer(std::span(steps))));
  for (std::size_t other = 1; other < steps.size(); ++other) {
    if (steps[other] == steps[0]) continue;
    return fail(ErrorCode::kInvalid,
                "{}: rank 0 finds the checkpoint of step {}, rank {} that of step {} (-1: none): "
                "all ranks must see the same folder",
                folder.string(), steps[0], other, steps[other]);
  }
  return ok();
}

Status collect(Comm& comm, MeanLog& log) {
  if (comm.size() == 1) return ok();
  const std::vector<std::string> all = UNIMO_TRY(comm.gather(log.take_bytes()));
  for (const std::string& bytes : all) UNIMO_TRY(log.add_bytes(bytes));
  return ok();
}

}  // namespace unimo::trainer
