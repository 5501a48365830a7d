#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <span>
#include <thread>

#include "orchestrator/base/file.h"
#include "orchestrator/stage/stage.h"
#include "stages/miniworld/books.h"
#include "stages/miniworld/format.h"
#include "stages/miniworld/miniworld.h"
#include "stages/miniworld/output_files.h"
#include "stages/schema/miniworld.h"

namespace unimo::stages {

namespace {

constexpr std::int64_t kBatch = 128;  // scenes in memory, and between two reports of progress

Status check_shares(const MiniWorld& params) {
  if (params.objects_min > params.objects_max) {
    return fail(ErrorCode::kInvalid, "miniworld: objects_min {} is larger than objects_max {}",
                params.objects_min, params.objects_max);
  }
  if (params.val_images + params.test_images > params.images) {
    return fail(ErrorCode::kInvalid,
                "miniworld: val_images {} and test_images {} are more than all images, {}",
                params.val_images, params.test_images, params.images);
  }
  return ok();
}

std::string split_of(std::int64_t number, const MiniWorld& params) {
  if (number < params.val_images) return "val";
  return number < params.val_images + params.test_images ? "test" : "train";
}

bool wanted(const MiniWorld& params, std::string_view format) {
  const auto& formats = params.formats;
  return std::find(formats.begin(), formats.end(), format) != formats.end() ||
         std::find(formats.begin(), formats.end(), "all") != formats.end();
}

struct OpenFormats {
  std::vector<std::unique_ptr<Format>> formats;
  bool pictures = false;  // one of them needs the scenes painted
};

Result<OpenFormats> open_formats(World& world) {
  OpenFormats opened;
  for (const FormatEntry& entry : format_table()) {
    if (!wanted(world.params, entry.name)) continue;
    if (!entry.needs.empty() && !wanted(world.params, entry.needs)) {
      return fail(ErrorCode::kInvalid,
                  "miniworld: formats has {}, whose files name the pictures of {}; add {} to it",
                  entry.name, entry.needs, entry.needs);
    }
    opened.formats.push_back(UNIMO_TRY(entry.open(world)));
    opened.pictures = opened.pictures || entry.pictures;
  }
  return opened;
}

Status exhibit_one(Exhibit& exhibit, std::uint64_t seed, const MiniWorld& params, bool pictures) {
  exhibit.captions = write_captions(exhibit.scene, seed, params.captions_per_image);
  if (!pictures) return ok();
  Painting painting = UNIMO_TRY(paint(exhibit.scene, seed, params));
  exhibit.painted = std::move(painting.objects);
  exhibit.jpeg = std::move(painting.jpeg);
  return ok();
}

// Every picture depends on its number alone, so that any thread may take any.
Status exhibit_batch(std::span<Exhibit> batch, const Job& job, const MiniWorld& params,
                     bool pictures) {
  std::atomic<std::size_t> next{0};
  std::mutex guard;  // of `failure`
  std::optional<Error> failure;
  const auto work = [&] {
    for (std::size_t i = next++; i < batch.size(); i = next++) {
      const Status done = exhibit_one(batch[i], job.seed, params, pictures);
      if (done) continue;
      const std::scoped_lock lock(guard);
      if (!failure) failure = done.error();
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (int i = 1; i < job.resources.cores; ++i) helpers.emplace_back(work);
    work();
  }
  if (failure) return tl::unexpected(*failure);
  return ok();
}

Status write_scenes(StageContext& context, World& world) {
  auto opened = UNIMO_TRY(open_formats(world));
  if (opened.formats.empty()) return ok();
  SceneMaker maker(world.seed, world.params);
  for (std::int64_t begin = 0; begin < world.params.images; begin += kBatch) {
    if (StageContext::stop_requested())
      return fail(ErrorCode::kCancelled, "stopped while painting");
    const std::int64_t end = std::min(begin + kBatch, world.params.images);
    std::vector<Exhibit> batch;
    for (std::int64_t number = begin; number < end; ++number) {
      batch.push_back({.scene = UNIMO_TRY(maker.next()), .split = split_of(number, world.params)});
    }
    UNIMO_TRY(exhibit_batch(batch, context.job(), world.params, opened.pictures));
    for (const Exhibit& exhibit : batch) {
      for (const auto& format : opened.formats) UNIMO_TRY(format->add(exhibit));
      ++world.counts["images." + exhibit.split];
      world.counts["captions." + exhibit.split] +=
          static_cast<std::int64_t>(exhibit.captions.size());
      world.counts["objects"] += static_cast<std::int64_t>(exhibit.scene.objects.size());
      world.counts["relations"] += static_cast<std::int64_t>(exhibit.scene.relations.size());
    }
    context.events().progress(end, world.params.images, "scenes");
  }
  for (const auto& format : opened.formats) UNIMO_TRY(format->finish());
  return ok();
}

Status write_volumes(World& world) {
  if (world.params.texts == 0 || !wanted(world.params, "books")) return ok();
  return write_books(world.seed, world.params.texts, [&](const std::string& volume) {
    const std::int64_t number = ++world.counts["volumes"];
    return put_file(world.folder / "books" / fmt::format("volume_{:03}.txt", number), volume);
  });
}

// baselines.json, baselines.md, and each number as a metric: baseline.mnli.hypothesis_only.
Status report_baselines(StageContext& context, const World& world) {
  const Json table = world.baselines.table();
  if (table.at("tasks").empty()) return ok();
  for (const Json& row : table.at("tasks")) {
    for (const auto& [system, value] : row.at("systems").items()) {
      std::string name = fmt::format("baseline.{}.{}", row.at("task").get<std::string>(), system);
      std::replace(name.begin(), name.end(), ' ', '_');
      context.events().metric(name, value.get<double>());
    }
  }
  return write_baselines(table, world.folder);
}

}  // namespace

Status run_miniworld(StageContext& context) {
  World world{.folder = context.output(),
              .seed = context.seed(),
              .params = UNIMO_TRY(context.params<MiniWorld>())};
  UNIMO_TRY(check_shares(world.params));
  UNIMO_TRY(write_scenes(context, world));
  UNIMO_TRY(write_volumes(world));
  UNIMO_TRY(report_baselines(context, world));
  for (const auto& [name, count] : world.counts) context.events().count(name, count);
  return ok();
}

}  // namespace unimo::stages
