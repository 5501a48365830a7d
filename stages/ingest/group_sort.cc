#include "stages/ingest/group_sort.h"

#include <xxhash.h>

#include <vector>

#include "orchestrator/stage/stage.h"

namespace unimo::stages {

Status GroupSort::visit(const Visitor& visit) {
  UNIMO_TRY(items_.sort());
  std::vector<std::string> parts;
  std::size_t bytes = 0;
  std::uint64_t key = 0;
  const auto flush = [&]() -> Status {
    if (parts.empty()) return ok();
    if (StageContext::stop_requested())
      return fail(ErrorCode::kCancelled, "stopped while bringing annotations together");
    UNIMO_TRY(visit(key, parts));
    parts.clear();
    bytes = 0;
    return ok();
  };
  while (const SpillSort::Item* item = UNIMO_TRY(items_.next())) {
    if (item->key != key) UNIMO_TRY(flush());
    key = item->key;
    bytes += item->payload.size();
    if (bytes > kMaxGroupBytes) {
      return fail(ErrorCode::kInvalid,
                  "one id has more than {} MiB of annotations (key {}); is every entry of a file "
                  "about the same picture or question?",
                  kMaxGroupBytes >> 20, key);
    }
    parts.push_back(item->payload);
  }
  return flush();
}

std::uint64_t key_of(std::string_view id) { return XXH3_64bits(id.data(), id.size()); }

}  // namespace unimo::stages
