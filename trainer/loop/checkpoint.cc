#include "trainer/loop/checkpoint.h"

#include <algorithm>
#include <map>
#include <system_error>

#include "orchestrator/base/file.h"
#include "orchestrator/base/hash.h"
#include "trainer/model/weights.h"
#include "trainer/weights/safetensors.h"

namespace unimo::trainer {

namespace {

constexpr int kVersion = 1;
constexpr std::size_t kKept = 2;
constexpr std::string_view kPrefix = "step-";
constexpr std::string_view kUnfinished = "unfinished-";
constexpr const char* kWeights = "model.safetensors";
constexpr const char* kOptimizer = "optimizer.safetensors";
constexpr const char* kState = "state.json";

std::vector<FloatTensor> moments_of(const ParameterStore& store, AdamW& optimizer) {
  std::vector<FloatTensor> tensors;
  for (const Parameter& p : store.all()) {
    const auto part = [&](std::span<float> all) {
      return all.subspan(static_cast<std::size_t>(p.offset), static_cast<std::size_t>(p.count));
    };
    tensors.push_back({"first." + p.spec.name, p.spec.shape, part(optimizer.first())});
    tensors.push_back({"second." + p.spec.name, p.spec.shape, part(optimizer.second())});
  }
  return tensors;
}

// The checkpoints of a folder, oldest first.
Result<std::vector<std::filesystem::path>> checkpoints_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().filename().string().starts_with(kPrefix)) found.push_back(it->path());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return fail(ErrorCode::kIo, "{}: {}", folder.string(), error.message());
  }
  std::sort(found.begin(), found.end());
  return found;
}

Status remove_unfinished(const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> leftovers;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().filename().string().starts_with(kUnfinished)) leftovers.push_back(it->path());
  }
  for (const auto& path : leftovers) UNIMO_TRY(remove_tree(path));
  return ok();
}

Result<CheckpointState> read_state(const std::filesystem::path& folder) {
  const Json json = UNIMO_TRY(read_json(folder / kState));
  const std::string name = (folder / kState).string();
  if (json.value("format", "") != "unimo.checkpoint" || json.value("version", 0) != kVersion) {
    return fail(ErrorCode::kInvalid, "{}: not a checkpoint of version {}", name, kVersion);
  }
  for (const char* file : {kWeights, kOptimizer}) {
    const std::string wanted = json.at("files").value(file, "");
    const std::string seen = UNIMO_TRY(hash_file(folder / file));
    if (seen != wanted) {
      return fail(ErrorCode::kIntegrity, "{}: its digest is {}, {} says {}",
                  (folder / file).string(), seen, kState, wanted);
    }
  }
  CheckpointState state;
  state.step = json.at("step").get<std::int64_t>();
  state.skipped_steps = json.at("skipped_steps").get<std::int64_t>();
  state.numerics = json.at("numerics").get<std::string>();
  state.extra = json.at("extra");
  return state;
}

// Every moment must be there with the parameter's count.
Status load_moments(const std::filesystem::path& path, const ParameterStore& store,
                    AdamW& optimizer) {
  const WeightFile file = UNIMO_TRY(open_safetensors(path));
  std::vector<TensorTarget> targets;
  for (const Parameter& p : store.all()) {
    for (const char* kind : {"first.", "second."}) {
      const std::string name = kind + p.spec.name;
      if (std::string mistake = tensor_mistake(file, name, p.spec.shape); !mistake.empty())
        return fail(ErrorCode::kInvalid, "{}", mistake);
      const std::span<float> moment =
          kind == std::string_view("first.") ? optimizer.first() : optimizer.second();
      targets.push_back({name, moment.subspan(static_cast<std::size_t>(p.offset),
                                              static_cast<std::size_t>(p.count))});
    }
  }
  UNIMO_TRY(read_tensors(file, targets));
  return ok();
}

Result<CheckpointState> load_checkpoint(const std::filesystem::path& folder, ParameterStore& store,
                                        AdamW& optimizer) {
  CheckpointState state;
  try {
    state = UNIMO_TRY(read_state(folder));
  } catch (const Json::exception& e) {
    return fail(ErrorCode::kInvalid, "{}: {}", (folder / kState).string(), e.what());
  }
  const LoadReport report = UNIMO_TRY(load_weights(folder / kWeights, store));
  if (!report.missing.empty() || !report.unused.empty()) {
    return fail(ErrorCode::kInvalid, "{}: not the weights of this model: {}",
                (folder / kWeights).string(),
                report.missing.empty() ? report.unused.front() : report.missing.front());
  }
  UNIMO_TRY(load_moments(folder / kOptimizer, store, optimizer));
  optimizer.set_steps(state.step - state.skipped_steps);
  return state;
}

}  // namespace

Status save_checkpoint(const std::filesystem::path& folder, const CheckpointState& state,
                       const ParameterStore& store, AdamW& optimizer) {
  UNIMO_TRY(make_directories(folder));
  const std::string name = fmt::format("{}{:08}", kPrefix, state.step);
  const std::filesystem::path beside = folder / (std::string(kUnfinished) + name);
  UNIMO_TRY(remove_tree(beside));
  UNIMO_TRY(make_directories(beside));
  UNIMO_TRY(save_weights(beside / kWeights, store));
  UNIMO_TRY(write_safetensors(beside / kOptimizer, moments_of(store, optimizer), {}));
  Json json = {{"format", "unimo.checkpoint"}, {"version", kVersion},
               {"step", state.step},           {"skipped_steps", state.skipped_steps},
               {"numerics", state.numerics},   {"extra", state.extra}};
  for (const char* file : {kWeights, kOptimizer})
    json["files"][file] = UNIMO_TRY(hash_file(beside / file));
  UNIMO_TRY(write_json(beside / kState, json));
  UNIMO_TRY(sync_tree(beside));
  // A folder of the same step is one that a resumed training has passed over or repeats: this one
  // replaces it.
  UNIMO_TRY(remove_tree(folder / name));
  std::error_code error;
  std::filesystem::rename(beside, folder / name, error);
  if (error) return fail(ErrorCode::kIo, "{}: {}", (folder / name).string(), error.message());
  UNIMO_TRY(sync_path(folder));
  const auto all = UNIMO_TRY(checkpoints_in(folder));
  for (std::size_t i = 0; i + kKept < all.size(); ++i) UNIMO_TRY(remove_tree(all[i]));
  return ok();
}

Result<std::optional<CheckpointState>> load_newest_checkpoint(
    const std::filesystem::path& folder, ParameterStore& store, AdamW& optimizer,
    const std::function<void(std::string_view)>& skipped) {
  UNIMO_TRY(remove_unfinished(folder));
  std::vector<std::filesystem::path> all = UNIMO_TRY(checkpoints_in(folder));
  std::reverse(all.begin(), all.end());
  for (const auto& path : all) {
    auto state = load_checkpoint(path, store, optimizer);
    if (state) return std::optional<CheckpointState>(std::move(*state));
    skipped(fmt::format("checkpoint {} is passed over: {}", path.filename().string(),
                        state.error().message));
  }
  return std::optional<CheckpointState>();
}

}  // namespace unimo::trainer
