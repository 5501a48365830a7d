// What a task's result depends on: as a digest, which is the name under which the result is found
// again, and as named parts in readable text, so that two keys can be compared by people.
//
// Parts: `kind`, `version` (of the kind's code, declared in its schema), `params` (resolved,
// canonical), `seed`, `shard` (of sharded stages), `input.<name>` and `numerics` (of kinds that
// depend on it). Not in the key: names of stages, paths, resources, times, the version of the
// engine.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/engine/plan.h"
#include "orchestrator/store/rows.h"

namespace unimo {

struct CacheKey {
  std::string digest;
  std::vector<KeyPart> parts;
};

// One item of an input: the digest of its content, and the matrix values that the stage is told
// with it.
struct KeyItem {
  std::string digest;
  std::string cell;  // canonical text; "{}" for none
};

// The text of an input's part: one item a line, "<digest>" or "<digest> <cell>".
std::string input_part(const std::vector<KeyItem>& items);

// The parts without inputs, in the order of the header; `numerics` is the text of this machine.
std::vector<KeyPart> fixed_parts(const Plan& plan, const PlannedTask& task,
                                 const std::string& numerics);

CacheKey make_key(std::vector<KeyPart> parts);

// Why `now` is another key than `before`, in one line: "optimizer.lr: 5e-05 -> 1e-05; input.data
// changed". Empty when they are equal.
std::string key_difference(const std::vector<KeyPart>& before, const std::vector<KeyPart>& now);

// The same, one line each, without shortening the list.
std::vector<std::string> key_differences(const std::vector<KeyPart>& before,
                                         const std::vector<KeyPart>& now);

// Differences of two JSON values, leaf by leaf: "optimizer.lr: 5e-05 -> 1e-05". At most `limit`,
// then "and 3 more".
std::vector<std::string> json_differences(const Json& before, const Json& now, std::size_t limit);

}  // namespace unimo
