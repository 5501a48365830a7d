#include "trainer/comm/single_comm.h"

namespace unimo::trainer {

Status SingleComm::alive() const {
  if (failure_) return tl::unexpected(*failure_);
  return ok();
}

std::unique_ptr<Work> SingleComm::start_all_reduce(CommBuffer buffer) {
  Status status = check_summable(buffer);
  return finished_work(status ? alive() : status);
}

std::unique_ptr<Work> SingleComm::start_reduce_scatter(CommBuffer buffer,
                                                       std::span<const Part> parts) {
  Status status = check_summable(buffer);
  if (status) status = check_parts(buffer, parts, 1);
  return finished_work(status ? alive() : status);
}

std::unique_ptr<Work> SingleComm::start_all_gather(CommBuffer buffer, std::span<const Part> parts) {
  const Status status = check_parts(buffer, parts, 1);
  return finished_work(status ? alive() : status);
}

Status SingleComm::broadcast(std::span<std::byte>, int root) {
  if (root != 0) return fail(ErrorCode::kInvalid, "there is no rank {}: the only one is 0", root);
  return alive();
}

Result<std::vector<std::string>> SingleComm::gather(std::string_view bytes) {
  UNIMO_TRY(alive());
  return std::vector<std::string>{std::string(bytes)};
}

Status SingleComm::barrier() { return alive(); }

void SingleComm::abort(const Error& reason) {
  if (!failure_) failure_ = reason;
}

}  // namespace unimo::trainer
