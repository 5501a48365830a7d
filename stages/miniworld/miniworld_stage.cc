#include <algorithm>
#include <atomic>
#include <fstream>
#include <mutex>
#include <optional>
#include <span>
#include <thread>

#include "orchestrator/base/file.h"
#include "orchestrator/stage/stage.h"
#include "stages/miniworld/books.h"
#include "stages/miniworld/formats.h"
#include "stages/miniworld/miniworld.h"
#include "stages/schema/miniworld.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kBatch = 128;  // pictures between two reports of progress

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

Status write_bytes(const fs::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) return fail(ErrorCode::kIo, "{}: cannot write; is the disk full?", path.string());
  return ok();
}

Status exhibit_one(Exhibit& exhibit, const fs::path& folder, std::uint64_t seed,
                   const MiniWorld& params) {
  Painting painting = UNIMO_TRY(paint(exhibit.scene, seed, params));
  exhibit.painted = std::move(painting.objects);
  exhibit.captions = write_captions(exhibit.scene, seed, params.captions_per_image);
  return write_bytes(folder / coco_file_name(exhibit), painting.jpeg);
}

// Every picture depends on its number alone, so that any thread may take any.
Status exhibit_batch(std::span<Exhibit> batch, const fs::path& folder, const Job& job,
                     const MiniWorld& params) {
  std::atomic<std::size_t> next{0};
  std::mutex guard;  // of `failure`
  std::optional<Error> failure;
  const auto work = [&] {
    for (std::size_t i = next++; i < batch.size(); i = next++) {
      const Status done = exhibit_one(batch[i], folder, job.seed, params);
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

Status write_pictures(StageContext& context, std::vector<Exhibit>& exhibits,
                      const MiniWorld& params) {
  const fs::path folder = context.output() / "coco" / "images";
  UNIMO_TRY(make_directories(folder));
  for (std::size_t begin = 0; begin < exhibits.size(); begin += kBatch) {
    if (StageContext::stop_requested())
      return fail(ErrorCode::kCancelled, "stopped while painting");
    const std::size_t end = std::min(begin + kBatch, exhibits.size());
    UNIMO_TRY(exhibit_batch(std::span(exhibits).subspan(begin, end - begin), folder, context.job(),
                            params));
    context.events().progress(static_cast<std::int64_t>(end),
                              static_cast<std::int64_t>(exhibits.size()), "images");
  }
  return ok();
}

Status write_volumes(StageContext& context, const MiniWorld& params) {
  if (params.texts == 0) return ok();
  const fs::path folder = context.output() / "books";
  UNIMO_TRY(make_directories(folder));
  const auto volumes = write_books(context.seed(), params.texts);
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    UNIMO_TRY(write_bytes(folder / fmt::format("volume_{:03}.txt", i + 1), volumes[i]));
  }
  context.events().count("volumes", static_cast<std::int64_t>(volumes.size()));
  return ok();
}

void report(StageContext& context, const std::vector<Exhibit>& exhibits) {
  std::map<std::string, std::int64_t> counts;
  for (const Exhibit& exhibit : exhibits) {
    ++counts["images." + exhibit.split];
    counts["captions." + exhibit.split] += static_cast<std::int64_t>(exhibit.captions.size());
    counts["objects"] += static_cast<std::int64_t>(exhibit.scene.objects.size());
    counts["relations"] += static_cast<std::int64_t>(exhibit.scene.relations.size());
  }
  for (const auto& [name, count] : counts) context.events().count(name, count);
}

}  // namespace

Status run_miniworld(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<MiniWorld>());
  UNIMO_TRY(check_shares(params));
  auto scenes = UNIMO_TRY(make_scenes(context.seed(), params));
  std::vector<Exhibit> exhibits;
  for (Scene& scene : scenes) {
    const std::string split = split_of(scene.number, params);
    exhibits.push_back({.scene = std::move(scene), .split = split});
  }
  UNIMO_TRY(write_pictures(context, exhibits, params));
  UNIMO_TRY(write_coco(context.output() / "coco", exhibits, params.image_size));
  UNIMO_TRY(write_visual_genome(context.output() / "visual_genome", exhibits, params.image_size));
  UNIMO_TRY(write_volumes(context, params));
  report(context, exhibits);
  return ok();
}

}  // namespace unimo::stages
