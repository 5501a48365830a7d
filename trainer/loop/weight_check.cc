#include "trainer/loop/weight_check.h"

#include <xxhash.h>

#include <cstring>
#include <string>
#include <vector>

namespace unimo::trainer {
namespace {

// Eight bytes for each parameter.
std::string digests_of(const ParameterStore& store) {
  std::string digests;
  for (const Parameter& p : store.all()) {
    const float* values = store.values().data() + p.offset;
    const XXH64_hash_t hash =
        XXH3_64bits(values, static_cast<std::size_t>(p.count) * sizeof(float));
    digests.append(reinterpret_cast<const char*>(&hash), sizeof hash);
  }
  return digests;
}

// Empty when the digests are equal.
std::string difference(const ParameterStore& store, const std::string& a, const std::string& b) {
  if (a.size() != b.size()) return "the number of weights";
  for (std::size_t i = 0; i < store.all().size(); ++i) {
    if (a.compare(i * sizeof(XXH64_hash_t), sizeof(XXH64_hash_t), b, i * sizeof(XXH64_hash_t),
                  sizeof(XXH64_hash_t)) != 0) {
      return store.all()[i].spec.name;
    }
  }
  return {};
}

}  // namespace

Status compare_weights(const ParameterStore& store, Comm& comm, std::int64_t step) {
  const std::vector<std::string> all = UNIMO_TRY(comm.gather(digests_of(store)));
  std::string found;
  for (std::size_t rank = 1; rank < all.size() && found.empty(); ++rank) {
    const std::string name = difference(store, all[0], all[rank]);
    if (!name.empty())
      found = fmt::format("step {}: {} of rank {} is not that of rank 0", step, name, rank);
  }
  std::vector<std::int64_t> differ = {found.empty() ? 0 : 1};
  UNIMO_TRY(comm.all_reduce(host_buffer(std::span(differ))));
  if (differ[0] == 0) return ok();
  return fail(ErrorCode::kIntegrity,
              "{}: start the training again from its last checkpoint; if it happens again, a "
              "machine computes wrongly",
              found.empty() ? fmt::format("step {}: weights differ between ranks", step) : found);
}

}  // namespace unimo::trainer
