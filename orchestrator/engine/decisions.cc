#include "orchestrator/engine/decisions.h"

#include <algorithm>
#include <set>

#include "orchestrator/base/fields.h"
#include "orchestrator/store/artifacts.h"

namespace unimo {

namespace {

std::vector<std::string> top_entries(const std::vector<FileEntry>& files) {
  std::set<std::string> names;
  for (const FileEntry& file : files) names.insert(file.path.substr(0, file.path.find('/')));
  return {names.begin(), names.end()};
}

}  // namespace

// Outputs only ever become known, so the search goes on where it stopped.
bool Decisions::complete(std::uint32_t group) {
  const auto& tasks = plan_.groups[group].tasks;
  std::size_t& next = first_missing_[group];
  while (next < tasks.size() && !outputs_[tasks[next]].empty()) ++next;
  return next == tasks.size();
}

bool Decisions::inputs_known(std::uint32_t task) {
  const auto& inputs = plan_.inputs_of(plan_.tasks[task]);
  return std::all_of(inputs.begin(), inputs.end(), [&](const PlannedInput& input) {
    const std::uint32_t group = plan_.sources[input.source].group;
    return group == PlannedSource::kRaw || complete(group);
  });
}

std::string Decisions::awaited_stage(std::uint32_t task) {
  for (const PlannedInput& input : plan_.inputs_of(plan_.tasks[task])) {
    const std::uint32_t group = plan_.sources[input.source].group;
    if (group == PlannedSource::kRaw || complete(group)) continue;
    return plan_.stages[plan_.groups[group].stage].name;
  }
  return {};
}

Result<const std::vector<FileEntry>*> Decisions::files_of(const std::string& digest) {
  auto found = files_.find(digest);
  if (found == files_.end()) {
    found = files_.emplace(digest, UNIMO_TRY(history_.artifact_files(digest))).first;
  }
  return &found->second;
}

Result<ResolvedItem> Decisions::item_of(const PlannedSource& source, std::uint32_t task) {
  const PlannedTask& from = plan_.tasks[task];
  ResolvedItem resolved;
  resolved.artifact = outputs_[task];
  resolved.task = task;
  resolved.item.path = artifact_path(paths_, outputs_[task]);
  resolved.item.digest = outputs_[task];
  resolved.item.label = plan_.name(from);
  resolved.item.cell = plan_.cell(from);
  if (source.sub_path.empty()) return resolved;
  const auto& files = *UNIMO_TRY(files_of(outputs_[task]));
  const std::vector<FileEntry> below = files_below(files, source.sub_path);
  if (below.empty()) {
    const std::vector<std::string> names = top_entries(files);
    const auto close = did_you_mean(source.sub_path, names);
    return fail(ErrorCode::kInvalid, "{}: there is no \"{}\" in the output of {}{}",
                experiment_.places.find(source.place).text(), source.sub_path, resolved.item.label,
                close ? fmt::format(", did you mean {}?", *close)
                      : fmt::format("; it has: {}", fmt::join(names, ", ")));
  }
  resolved.item.path /= source.sub_path;
  resolved.item.digest = tree_digest(below);
  resolved.item.label += "/" + source.sub_path;
  return resolved;
}

Result<const ResolvedSource*> Decisions::source(std::uint32_t index) {
  auto& slot = sources_[index];
  if (slot) return &*slot;
  const PlannedSource& planned = plan_.sources[index];
  ResolvedSource resolved;
  if (planned.group == PlannedSource::kRaw) {
    auto digest = raw_.digest(planned.raw_path);
    if (!digest) {
      return fail(digest.error().code, "{}: {}", experiment_.places.find(planned.place).text(),
                  digest.error().message);
    }
    resolved.items.push_back({.item = {planned.raw_path, *digest, planned.label}});
  } else {
    for (const std::uint32_t task : plan_.groups[planned.group].tasks) {
      resolved.items.push_back(UNIMO_TRY(item_of(planned, task)));
    }
  }
  std::vector<KeyItem> items;
  for (const ResolvedItem& item : resolved.items) {
    items.push_back({item.item.digest, canonical_text(item.item.cell)});
  }
  resolved.key_text = input_part(items);
  slot = std::move(resolved);
  return &*slot;
}

Result<std::vector<ResolvedInput>> Decisions::inputs(std::uint32_t task) {
  std::vector<ResolvedInput> resolved;
  for (const PlannedInput& input : plan_.inputs_of(plan_.tasks[task])) {
    resolved.push_back({input.name, UNIMO_TRY(source(input.source))});
  }
  return resolved;
}

Result<CacheKey> Decisions::key(std::uint32_t task) {
  std::vector<KeyPart> parts = fixed_parts(plan_, plan_.tasks[task], numerics_);
  const std::size_t fixed = parts.size();
  for (const ResolvedInput& input : UNIMO_TRY(inputs(task))) {
    std::string name = "input." + plan_.input_names[input.name];
    if (parts.size() > fixed && parts.back().name == name) {
      parts.back().value += "\n" + input.source->key_text;
    } else {
      parts.push_back({std::move(name), input.source->key_text});
    }
  }
  return make_key(std::move(parts));
}

Result<std::string> Decisions::reason_to_run(std::uint32_t task, const CacheKey& key,
                                             const std::string& run) {
  const PlannedTask& planned = plan_.tasks[task];
  const std::string name = plan_.name(planned);
  const auto earlier = UNIMO_TRY(history_.earlier_key(name, plan_.stage_of(planned).kind, run));
  if (!earlier) return std::string("first time");
  if (earlier->key == key.digest)
    return "not finished or no longer stored since run " + earlier->run;
  const auto before = UNIMO_TRY(history_.key_parts(earlier->key));
  return key_difference(before, key.parts);
}

Result<std::string> Decisions::changed_raw_input(std::uint32_t task) {
  for (const PlannedInput& input : plan_.inputs_of(plan_.tasks[task])) {
    const PlannedSource& source = plan_.sources[input.source];
    if (source.group != PlannedSource::kRaw) continue;
    if (UNIMO_TRY(raw_.changed(source.raw_path))) return source.raw_path.string();
  }
  return std::string();
}

}  // namespace unimo
