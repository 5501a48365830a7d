// `${name}` inside the texts of an experiment.
//
// A text that is exactly one reference takes the value with its type; inside a longer text the
// value is written out. `$${` is a literal `${`. References are replaced in two rounds: variables
// and parameters of other stages when the file is read (what is left is a template), matrix keys
// for each cell when it is planned.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "orchestrator/experiment/places.h"

namespace unimo {

// A piece of a text: literal, or the name inside ${...}.
struct TextPart {
  bool is_reference = false;
  std::string text;
};

// kInvalid for an unclosed or empty ${...}.
Result<std::vector<TextPart>> split_references(std::string_view text);

// The value of a name; an empty optional leaves the reference for the next round; an Error is a
// mistake.
using ReferenceLookup = std::function<Result<std::optional<Json>>(const std::string& name)>;

// Replaces what `lookup` knows in all texts of `value`, leaving templates. Mistakes are reported at
// `path`.
Json replace_references(const Json& value, const std::string& path, const ReferenceLookup& lookup,
                        Mistakes& mistakes);

// Fills a template with the values of a cell; also turns `$${` into `${`. Every reference must be
// known.
Json fill_template(const Json& value, const Json& cell);
std::string fill_text(std::string_view text, const Json& cell);

// The names that the templates inside `value` still need ("matrix.task" is given as "task").
void collect_references(const Json& value, std::set<std::string>& names);

// A value as it is written inside a longer text: text as it is, numbers as JSON prints them.
std::string plain_text(const Json& value);

}  // namespace unimo
