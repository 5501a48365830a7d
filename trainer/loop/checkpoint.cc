#include "trainer/loop/checkpoint.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <exception>
#include <map>
#include <system_error>
#include <utility>

#include "orchestrator/base/file.h"
#include "orchestrator/base/hash.h"
#include "trainer/model/weights.h"
#include "trainer/weights/safetensors.h"

namespace unimo::trainer {

namespace {

namespace fs = std::filesystem;

constexpr int kVersion = 2;
constexpr std::size_t kKept = 2;
constexpr std::string_view kPrefix = "step-";
constexpr std::string_view kUnfinished = "unfinished-";
constexpr const char* kWeights = "model.safetensors";
constexpr const char* kState = "state.json";

std::string moments_name(int part, int parts) {
  return fmt::format("moments-{}-of-{}.safetensors", part, parts);
}
// Says that a part is complete; holds its digest.
std::string receipt_name(int part) { return fmt::format("part-{}.json", part); }

// Names, shapes and places of all parameters: moments are only good for the same layout.
std::string layout_digest(const ParameterStore& store) {
  Sha256 hash;
  for (const Parameter& p : store.all()) {
    hash.field(p.spec.name, fmt::format("{} {}", p.offset, shape_text(p.spec.shape)));
  }
  return hash.hex();
}

std::span<const float> part_of(std::span<const float> all, std::int64_t begin, std::int64_t count) {
  return all.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(count));
}

// The folders of a prefix, oldest step first.
Result<std::vector<fs::path>> folders_with(const fs::path& folder, std::string_view prefix) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().filename().string().starts_with(prefix)) found.push_back(it->path());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return fail(ErrorCode::kIo, "{}: {}", folder.string(), error.message());
  }
  std::sort(found.begin(), found.end());
  return found;
}

Result<CheckpointState> read_state(const fs::path& folder) {
  const Json json = UNIMO_TRY(read_json(folder / kState));
  const std::string name = (folder / kState).string();
  if (json.value("format", "") != "unimo.training" || json.value("version", 0) != kVersion) {
    return fail(ErrorCode::kInvalid, "{}: not the state of a training of version {}", name,
                kVersion);
  }
  for (const auto& [file, wanted] : json.at("files").items()) {
    const std::string seen = UNIMO_TRY(hash_file(folder / file));
    if (seen != wanted.get<std::string>()) {
      return fail(ErrorCode::kIntegrity, "{}: its digest is {}, {} says {}",
                  (folder / file).string(), seen, kState, wanted.get<std::string>());
    }
  }
  CheckpointState state;
  state.step = json.at("step").get<std::int64_t>();
  state.skipped_steps = json.at("skipped_steps").get<std::int64_t>();
  state.numerics = json.at("numerics").get<std::string>();
  state.extra = json.at("extra");
  return state;
}

// One file of moments, open, and the stretch of the flat buffers that it holds.
struct MomentsPart {
  WeightFile file;
  std::int64_t begin = 0, end = 0;
};

Result<std::int64_t> whole_number(const WeightFile& file, const char* key) {
  const auto found = file.metadata().find(key);
  std::int64_t value = -1;
  if (found != file.metadata().end()) {
    const std::string& text = found->second;
    std::from_chars(text.data(), text.data() + text.size(), value);
  }
  if (value >= 0) return value;
  return fail(ErrorCode::kInvalid, "{}: its metadata have no number `{}`", file.path().string(),
              key);
}

std::vector<const char*> moment_names(const Optimizer& optimizer) {
  if (optimizer.has_second()) return {"first", "second"};
  return {"first"};
}

Result<MomentsPart> open_moments(const fs::path& path, const ParameterStore& store,
                                 const Optimizer& optimizer) {
  MomentsPart part{.file = UNIMO_TRY(open_safetensors(path))};
  const auto layout = part.file.metadata().find("layout");
  if (layout == part.file.metadata().end() || layout->second != layout_digest(store)) {
    return fail(ErrorCode::kInvalid, "{}: moments of a model of other sizes", path.string());
  }
  part.begin = UNIMO_TRY(whole_number(part.file, "begin"));
  part.end = UNIMO_TRY(whole_number(part.file, "end"));
  const std::vector<const char*> names = moment_names(optimizer);
  if (part.file.tensors().size() > names.size()) {
    return fail(ErrorCode::kInvalid, "{}: moments of another kind of optimiser", path.string());
  }
  for (const char* name : names) {
    const StoredTensor* entry = part.file.find(name);
    if (entry == nullptr || entry->count() != part.end - part.begin || part.end > store.size()) {
      return fail(ErrorCode::kInvalid, "{}: tensor {} is missing or not of {} values",
                  path.string(), name, part.end - part.begin);
    }
  }
  return part;
}

// What the part and the optimiser have in common.
Status read_moments(const MomentsPart& part, const char* name, std::int64_t begin,
                    std::span<float> moments) {
  const std::int64_t end = begin + static_cast<std::int64_t>(moments.size());
  const std::int64_t from = std::max(begin, part.begin), to = std::min(end, part.end);
  if (from >= to) return ok();
  std::vector<float> values(static_cast<std::size_t>(part.end - part.begin));
  UNIMO_TRY(part.file.read_floats(name, values));
  std::copy(values.begin() + (from - part.begin), values.begin() + (to - part.begin),
            moments.begin() + (from - begin));
  return ok();
}

// Every value of the flat buffers lies in exactly one file.
Status load_moments(const fs::path& folder, const ParameterStore& store, Optimizer& optimizer) {
  std::map<std::int64_t, MomentsPart> parts;  // by where they begin
  const auto paths = UNIMO_TRY(folders_with(folder, "moments-"));
  for (const fs::path& path : paths) {
    MomentsPart part = UNIMO_TRY(open_moments(path, store, optimizer));
    const std::int64_t begin = part.begin;
    parts.emplace(begin, std::move(part));
  }
  std::int64_t covered = 0;
  for (const auto& [begin, part] : parts) {
    if (begin != covered) break;
    covered = part.end;
  }
  if (covered != store.size()) {
    return fail(ErrorCode::kInvalid, "{}: moments are there up to value {} of {}", folder.string(),
                covered, store.size());
  }
  for (const auto& [begin, part] : parts) {
    UNIMO_TRY(read_moments(part, "first", optimizer.begin(), optimizer.first()));
    if (optimizer.has_second())
      UNIMO_TRY(read_moments(part, "second", optimizer.begin(), optimizer.second()));
  }
  return ok();
}

Result<CheckpointState> load_checkpoint(const fs::path& folder, ParameterStore& store,
                                        Optimizer& optimizer) {
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
  UNIMO_TRY(load_moments(folder, store, optimizer));
  optimizer.set_steps(state.step - state.skipped_steps);
  return state;
}

}  // namespace

Result<std::optional<CheckpointState>> load_newest_checkpoint(const LoadOptions& options,
                                                              ParameterStore& store,
                                                              Optimizer& optimizer) {
  if (options.remove_leftovers) {
    const auto leftovers = UNIMO_TRY(folders_with(options.folder, kUnfinished));
    for (const fs::path& path : leftovers) UNIMO_TRY(remove_tree(path));
  }
  std::vector<fs::path> all = UNIMO_TRY(folders_with(options.folder, kPrefix));
  std::reverse(all.begin(), all.end());
  for (const auto& path : all) {
    auto state = load_checkpoint(path, store, optimizer);
    if (state) return std::optional<CheckpointState>(std::move(*state));
    options.skipped(fmt::format("checkpoint {} is passed over: {}", path.filename().string(),
                                state.error().message));
  }
  return std::optional<CheckpointState>();
}

CheckpointWriter::CheckpointWriter(CheckpointOptions options, const ParameterStore& store,
                                   Optimizer& optimizer)
    : options_(std::move(options)), store_(store), optimizer_(optimizer) {}

CheckpointWriter::~CheckpointWriter() { given_up_ = true; }

Status CheckpointWriter::start(const CheckpointState& state) {
  UNIMO_TRY(finish());
  UNIMO_TRY(make_directories(options_.folder));
  is_copied_ = false;
  thread_ = std::jthread([this, state] { save(state); });
  return ok();
}

void CheckpointWriter::wait_copied() {
  std::unique_lock lock(mutex_);
  copied_.wait(lock, [this] { return is_copied_; });
}

Status CheckpointWriter::failure() {
  const std::scoped_lock lock(mutex_);
  return result_;
}

Status CheckpointWriter::finish() {
  if (thread_.joinable()) thread_.join();
  return failure();
}

// On the saving thread.
void CheckpointWriter::save(const CheckpointState& state) {
  Status done = guarded([this] {
    copy_state();
    return ok();
  });
  {
    const std::scoped_lock lock(mutex_);
    is_copied_ = true;
  }
  copied_.notify_all();
  // Training goes before: the rest may take until the next save.
  constexpr int kNice = 10;
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
  if (done) done = guarded([&] { return write(state); });
  const std::scoped_lock lock(mutex_);
  result_ = done;
}

// What a library throws is an error of the save.
Status CheckpointWriter::guarded(const std::function<Status()>& work) const {
  try {
    return work();
  } catch (const std::exception& error) {
    return fail(ErrorCode::kFailed, "{}: {}", options_.folder.string(), error.what());
  }
}

void CheckpointWriter::copy_state() {
  const auto moments = static_cast<std::size_t>(optimizer_.count());
  first_.resize(moments);
  second_.resize(optimizer_.has_second() ? moments : 0);
  optimizer_.copy_moments(first_, second_);
  if (options_.part != 0) return;
  values_.resize(static_cast<std::size_t>(store_.size()));
  store_.copy_values(values_);
}

Status CheckpointWriter::write(const CheckpointState& state) {
  const std::string name = fmt::format("{}{:08}", kPrefix, state.step);
  const fs::path beside =
      options_.folder / fmt::format("{}{}-{}", kUnfinished, name, options_.token);
  UNIMO_TRY(make_directories(beside));
  UNIMO_TRY(write_part(beside));
  if (options_.part != 0) return ok();
  std::vector<FloatTensor> tensors;
  for (const Parameter& p : store_.all()) {
    tensors.push_back({p.spec.name, p.spec.shape, part_of(values_, p.offset, p.count)});
  }
  UNIMO_TRY(write_safetensors(beside / kWeights, tensors, {}));
  UNIMO_TRY(wait_for_parts(beside));
  return given_up_ ? ok() : publish(beside, state);
}

Status CheckpointWriter::write_part(const fs::path& beside) const {
  const std::int64_t begin = optimizer_.begin();
  const auto count = static_cast<std::int64_t>(first_.size());
  std::vector<FloatTensor> tensors = {{"first", {count}, first_}};
  if (optimizer_.has_second()) tensors.push_back({"second", {count}, second_});
  const fs::path path = beside / moments_name(options_.part, options_.parts);
  UNIMO_TRY(write_safetensors(path, tensors,
                              {{"begin", std::to_string(begin)},
                               {"end", std::to_string(begin + count)},
                               {"layout", layout_digest(store_)}}));
  const std::string digest = UNIMO_TRY(hash_file(path));
  return write_json(beside / receipt_name(options_.part), {{"sha256", digest}});
}

// The processes share a file system, so their receipts need no message.
Status CheckpointWriter::wait_for_parts(const fs::path& beside) const {
  for (int part = 1; part < options_.parts; ++part) {
    while (!given_up_ && !fs::exists(beside / receipt_name(part))) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  return ok();
}

Status CheckpointWriter::publish(const fs::path& beside, const CheckpointState& state) const {
  Json json = {{"format", "unimo.training"}, {"version", kVersion},
               {"step", state.step},         {"skipped_steps", state.skipped_steps},
               {"numerics", state.numerics}, {"extra", state.extra}};
  json["files"][kWeights] = UNIMO_TRY(hash_file(beside / kWeights));
  for (int part = 0; part < options_.parts; ++part) {
    const fs::path receipt = beside / receipt_name(part);
    const Json said = UNIMO_TRY(read_json(receipt));
    json["files"][moments_name(part, options_.parts)] = said.at("sha256");
    UNIMO_TRY(remove_tree(receipt));
  }
  UNIMO_TRY(write_json(beside / kState, json));
  UNIMO_TRY(sync_tree(beside));
  // A folder of the same step is one that a resumed training has passed over or repeats: this one
  // replaces it.
  const fs::path folder = options_.folder / fmt::format("{}{:08}", kPrefix, state.step);
  UNIMO_TRY(remove_tree(folder));
  std::error_code error;
  fs::rename(beside, folder, error);
  if (error) return fail(ErrorCode::kIo, "{}: {}", folder.string(), error.message());
  UNIMO_TRY(sync_path(options_.folder));
  const auto all = UNIMO_TRY(folders_with(options_.folder, kPrefix));
  for (std::size_t i = 0; i + kKept < all.size(); ++i) UNIMO_TRY(remove_tree(all[i]));
  return ok();
}

}  // namespace unimo::trainer
