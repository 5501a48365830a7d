#include "orchestrator/base/fields.h"

#include <algorithm>
#include <numeric>

namespace unimo {

namespace {

// Insertions, deletions, replacements and swaps of neighbours ("form" is one step from "from").
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::swap(before_last, last);
    std::swap(last, row);
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      row[j + 1] = std::min({last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0U : 1U)});
      const bool swapped = i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j];
      if (swapped) row[j + 1] = std::min(row[j + 1], before_last[j - 1] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

bool NumberRange::contains(double value) const {
  if (std::isnan(value)) return false;
  return (low_open ? value > low : value >= low) && value <= high;
}

std::string NumberRange::text() const {
  const bool bounded = high != std::numeric_limits<double>::infinity();
  if (low_open)
    return bounded ? fmt::format("> {} and <= {}", low, high) : fmt::format("> {}", low);
  return bounded ? fmt::format("{} to {}", low, high) : fmt::format(">= {}", low);
}

std::optional<std::string> did_you_mean(std::string_view word,
                                        const std::vector<std::string>& candidates) {
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string unknown_key_message(std::string_view key, const std::vector<std::string>& known) {
  if (const auto close = did_you_mean(key, known)) {
    return fmt::format("unknown key \"{}\", did you mean {}?", key, *close);
  }
  return fmt::format("unknown key \"{}\"; known here: {}", key, fmt::join(known, ", "));
}

std::string join_path(std::string_view parent, std::string_view name) {
  return parent.empty() ? std::string(name) : fmt::format("{}.{}", parent, name);
}

namespace internal {

std::string type_mismatch(const Json& seen, std::string_view expected) {
  std::string shown = canonical_text(seen);
  if (shown.size() > 40) shown = shown.substr(0, 37) + "...";
  return fmt::format("{} is not {}", shown, expected);
}

Status check_value(const NoCheck&, const Json&) { return ok(); }

Status check_value(const NumberRange& range, const Json& value) {
  if (!value.is_number()) return ok();  // reported as a wrong type already
  if (range.contains(value.get<double>())) return ok();
  return fail(ErrorCode::kInvalid, "{} is out of range, must be {}", value.dump(), range.text());
}

std::string check_text(const OneOf& allowed) {
  std::string text;
  for (const std::string& choice : allowed.choices)
    text += (text.empty() ? "" : ", ") + (choice.empty() ? "\"\"" : choice);
  return text;
}

Status check_value(const OneOf& allowed, const Json& value) {
  if (!value.is_string()) return ok();
  const auto& text = value.get_ref<const std::string&>();
  if (std::find(allowed.choices.begin(), allowed.choices.end(), text) != allowed.choices.end())
    return ok();
  if (const auto close = did_you_mean(text, allowed.choices)) {
    return fail(ErrorCode::kInvalid, "\"{}\" is not one of {}; did you mean {}?", text,
                check_text(allowed), *close);
  }
  return fail(ErrorCode::kInvalid, "\"{}\" is not one of {}", text, check_text(allowed));
}

std::string check_text(const NoCheck&) { return {}; }
std::string check_text(const NumberRange& range) { return range.text(); }

}  // namespace internal

void FieldReader::finish() {
  for (const auto& [key, value] : object_.items()) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
      errors_.push_back({join_path(path_, key), unknown_key_message(key, known_), true});
    }
  }
}

void FieldReader::read_scalar(const Json& seen, bool& value, const std::string& path) {
  if (!seen.is_boolean()) return report(path, internal::type_mismatch(seen, "true or false"));
  value = seen.get<bool>();
}

void FieldReader::read_scalar(const Json& seen, double& value, const std::string& path) {
  if (!seen.is_number()) return report(path, internal::type_mismatch(seen, "a number"));
  value = seen.get<double>();
}

void FieldReader::read_scalar(const Json& seen, std::string& value, const std::string& path) {
  if (!seen.is_string()) return report(path, internal::type_mismatch(seen, "text"));
  value = seen.get<std::string>();
}

}  // namespace unimo
