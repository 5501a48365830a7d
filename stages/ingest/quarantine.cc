#include "stages/ingest/quarantine.h"

#include <algorithm>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"
#include "orchestrator/stage/event.h"

namespace unimo::stages {

namespace {

constexpr std::size_t kExamples = 5;

}  // namespace

std::string_view to_string(Item item) {
  switch (item) {
    case Item::kImage: return "images";
    case Item::kCaption: return "captions";
    case Item::kRegion: return "boxes";
    case Item::kText: return "texts";
    case Item::kExample: return "examples";
    case Item::kSpan: return "spans";
  }
  return "items";
}

void Quarantine::add(Item item, Entry entry) {
  ++counts_[entry.reason];
  of_item_[index(item)].push_back(entries_.size());
  entries_.push_back(std::move(entry));
}

Status Quarantine::enforce(double max_bad_share) const {
  std::vector<Error> errors;
  for (const Item item :
       {Item::kImage, Item::kCaption, Item::kRegion, Item::kText, Item::kExample, Item::kSpan}) {
    const auto& bad_ones = of_item_[index(item)];
    // An item can be bad without having been announced (a box of an unknown picture).
    const auto total = std::max<std::int64_t>(seen(item), bad(item));
    if (bad_ones.empty() ||
        static_cast<double>(bad_ones.size()) <= max_bad_share * static_cast<double>(total)) {
      continue;
    }
    std::string message = fmt::format(
        "{} of {} {} cannot be used, more than max_bad_share {} allows; mend the input, or raise "
        "max_bad_share if "
        "this is expected. First of them:",
        bad_ones.size(), total, to_string(item), max_bad_share);
    for (std::size_t i = 0; i < std::min(kExamples, bad_ones.size()); ++i) {
      const Entry& entry = entries_[bad_ones[i]];
      message +=
          fmt::format("\n  {}: {}: {}: {}", entry.source, entry.id, entry.reason, entry.detail);
    }
    errors.push_back({ErrorCode::kInvalid, std::move(message)});
  }
  if (errors.empty()) return ok();
  return tl::unexpected(join_errors(errors));
}

void Quarantine::report(EventWriter& events) const {
  for (const auto& [reason, count] : counts_) events.count("quarantine." + reason, count);
}

Status Quarantine::write(const std::filesystem::path& path) const {
  if (entries_.empty()) return ok();
  std::string text;
  for (const Entry& entry : entries_) {
    const Json line = {{"source", entry.source},
                       {"id", entry.id},
                       {"reason", entry.reason},
                       {"detail", entry.detail}};
    text += canonical_text(line) + "\n";
  }
  return write_file_atomic(path, text);
}

std::int64_t Quarantine::count(const std::string& reason) const {
  const auto found = counts_.find(reason);
  return found == counts_.end() ? 0 : found->second;
}

}  // namespace unimo::stages
