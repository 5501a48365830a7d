#include "stages/score/scores_output.h"

#include <algorithm>
#include <cmath>

#include "orchestrator/base/file.h"

namespace unimo::stages {

namespace {

// JSON has no NaN; a metric that is not defined is null.
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

}  // namespace

Json scores_document(const std::string& benchmark, const Scored& scored) {
  std::string signature;
  for (const auto& [name, text] : scored.signatures)
    signature += (signature.empty() ? "" : " ") + text;
  Json metrics = Json::object();
  for (const auto& [name, value] : scored.metrics) metrics[name] = number(value);
  return {{"format", "unimo.scores"},
          {"version", 1},
          {"task", benchmark},
          {"metrics", metrics},
          {"headline", scored.headline},
          {"counts", scored.counts},
          {"warnings", scored.warnings},
          {"signature", signature},
          {"signatures", scored.signatures}};
}

std::string scores_text(const std::string& benchmark, const Scored& scored) {
  std::size_t width = 0;
  for (const auto& [name, value] : scored.metrics) width = std::max(width, name.size());
  std::string text = benchmark + "\n";
  const auto add = [&](const std::string& name) {
    text += fmt::format("  {:<{}}  {:>8.2f}\n", name, width, scored.metrics.at(name));
  };
  for (const std::string& name : scored.headline) add(name);
  for (const auto& [name, value] : scored.metrics) {
    const auto& first = scored.headline;
    if (std::find(first.begin(), first.end(), name) == first.end()) add(name);
  }
  text += "counts\n";
  for (const auto& [name, count] : scored.counts) text += fmt::format("  {} {}\n", name, count);
  for (const std::string& warning : scored.warnings) text += "warning: " + warning + "\n";
  for (const auto& [name, signature] : scored.signatures) text += signature + "\n";
  return text;
}

Status write_items(const std::filesystem::path& file, const Scored& scored) {
  std::string lines;
  for (const Json& item : scored.items) lines += canonical_text(item) + "\n";
  return write_file_atomic(file, lines);
}

}  // namespace unimo::stages
