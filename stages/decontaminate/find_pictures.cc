#include "stages/decontaminate/find_pictures.h"

#include <filesystem>
#include <optional>
#include <vector>

#include "orchestrator/base/file.h"
#include "orchestrator/base/in_parallel.h"
#include "orchestrator/stage/stage.h"
#include "stages/ingest/picture_names.h"
#include "stages/ingest/quarantine.h"
#include "stages/ingest/records.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kBatch = 512;  // pictures in memory at once, decoded to 2 kB each

// One picture on its way through the threads.
struct PictureTask {
  ImageRecord image;
  Result<Look> look = fail(ErrorCode::kFailed, "not looked at");
  std::optional<PictureMatch> match;
  Status status = ok();  // of reading: an error stops everything
};

Status check_stop() {
  if (!StageContext::stop_requested()) return ok();
  return fail(ErrorCode::kCancelled, "stopped while comparing pictures");
}

// Reads and decodes; what cannot be decoded leaves its error in `look`.
void look_at(const fs::path& folder, PictureTask& task) {
  const auto bytes = read_picture(folder, task.image.place);
  if (!bytes) {
    task.status = fail(bytes.error().code, "picture {}: {}", task.image.id, bytes.error().message);
    return;
  }
  task.look = look_at_picture(*bytes, task.image.width, task.image.height);
}

// `work` for each picture that `wanted` lets in, in parallel; then `use`, in order.
template <class Wanted, class Work, class Use>
Status for_each_picture(StageContext& context, const fs::path& folder, int threads,
                        const Wanted& wanted, const Work& work, const Use& use) {
  std::vector<PictureTask> batch;
  std::int64_t done = 0;
  const auto flush = [&]() -> Status {
    UNIMO_TRY(check_stop());
    in_parallel(batch.size(), threads, [&](std::size_t i) { work(batch[i]); });
    for (PictureTask& task : batch) {
      UNIMO_TRY(task.status);
      UNIMO_TRY(use(task));
    }
    done += static_cast<std::int64_t>(batch.size());
    context.events().progress(done, 0, "pictures");
    batch.clear();
    return ok();
  };
  const auto take = [&](ImageRecord& image) -> Status {
    if (!wanted(image)) return ok();
    image.regions.clear();
    batch.emplace_back().image = std::move(image);
    return batch.size() < kBatch ? ok() : flush();
  };
  UNIMO_TRY(visit_images(folder, take));
  return batch.empty() ? ok() : flush();
}

void quarantine_picture(const std::string& source, const PictureTask& task,
                        Quarantine& quarantine) {
  quarantine.add(Item::kImage, {.source = source + " images.jsonl",
                                .id = task.image.id,
                                .reason = "undecodable",
                                .detail = task.look.error().message});
}

}  // namespace

Status hold_benchmark(StageContext& context, const InputItem& artifact, const PictureSearch& search,
                      HeldPictures& held, Quarantine& quarantine) {
  const std::string source = UNIMO_TRY(read_records_source(artifact.path));
  const NumberedBy by = numbered_by(source);
  IdTable of_examples;
  UNIMO_TRY(visit_examples(artifact.path, [&](ExampleRecord& example) {
    if (!search.splits.contains(example.split) || example.image.empty()) return check_stop();
    if (of_examples.insert(example.image) && search.names) {
      for (const std::string& name : picture_names(example.image, by))
        held.add_name(name, source, example.image);
    }
    return check_stop();
  }));
  const auto wanted = [&](const ImageRecord& image) {
    return search.splits.contains(image.split) || of_examples.contains(image.id);
  };
  const auto work = [&](PictureTask& task) {
    if (search.pixels) look_at(artifact.path, task);
  };
  const auto use = [&](PictureTask& task) -> Status {
    quarantine.saw(Item::kImage);
    if (search.names) {
      for (const std::string& name : picture_names(task.image, by))
        held.add_name(name, source, task.image.id);
    }
    if (!search.pixels) return ok();
    if (task.look) return held.add_picture(source, task.image.id, *task.look);
    quarantine_picture(source, task, quarantine);
    return ok();
  };
  return for_each_picture(context, artifact.path, search.threads, wanted, work, use);
}

Status hold_list(const InputItem& list, HeldPictures& held) {
  const std::string name = list.path.stem().string();
  const NumberedBy by = numbered_by(name);
  std::int64_t number = 0;
  const auto lines = UNIMO_TRY(read_lines(list.path));
  for (const std::string& line : lines) {
    ++number;
    if (line.find('\0') != std::string::npos) {
      return fail(ErrorCode::kInvalid,
                  "{}:{}: not text; an input ids must be lists with one id or file name a line "
                  "(unpack them before)",
                  list.path.string(), number);
    }
    const std::size_t first = line.find_first_not_of(" \t");
    if (first == std::string::npos) continue;
    const std::string whole = line.substr(first, line.find_last_not_of(" \t") - first + 1);
    const std::string word = whole.substr(0, whole.find_first_of(" \t"));
    for (const std::string& id : {word, whole}) {
      for (const std::string& one : picture_names(id, by)) held.add_name(one, name, word);
    }
  }
  return ok();
}

Result<std::int64_t> find_pictures(StageContext& context, const InputItem& artifact,
                                   const PictureSearch& search, const HeldPictures& held,
                                   LeakTable& leaks, Quarantine& quarantine) {
  const std::string source = UNIMO_TRY(read_records_source(artifact.path));
  const NumberedBy by = numbered_by(source);
  std::int64_t checked = 0;
  const auto work = [&](PictureTask& task) {
    if (search.names) {
      for (const std::string& name : picture_names(task.image, by)) {
        task.match = held.find_name(name);
        if (task.match) return;
      }
    }
    if (!search.pixels) return;
    look_at(artifact.path, task);
    if (!task.look) return;
    auto match = held.find(*task.look);
    if (match)
      task.match = std::move(*match);
    else
      task.status = tl::unexpected(std::move(match).error());
  };
  const auto use = [&](PictureTask& task) -> Status {
    ++checked;
    quarantine.saw(Item::kImage);
    if (task.match) return leaks.add(PictureLeak{source, task.image.id, std::move(*task.match)});
    if (search.pixels && !task.look) quarantine_picture(source, task, quarantine);
    return ok();
  };
  UNIMO_TRY(for_each_picture(
      context, artifact.path, search.threads, [](const ImageRecord&) { return true; }, work, use));
  return checked;
}

}  // namespace unimo::stages
