#include "stages/decontaminate/held_pictures.h"

#include <xxhash.h>

#include <algorithm>
#include <set>

namespace unimo::stages {

namespace {

// Compared in detail are so many held-out pictures, nearest first. Only pictures without content
// (night, fog) have more within reach of their hash.
constexpr std::size_t kMostCompared = 64;

}  // namespace

Result<Look> look_at_picture(std::string_view bytes, int width, int height) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  Look look{.bytes_low = hash.low64, .bytes_high = hash.high64};
  look.grey = UNIMO_TRY(grey_picture(bytes, width, height));
  return look;
}

std::string_view to_string(LeakReason reason) {
  switch (reason) {
    case LeakReason::kSameName: return "same_name";
    case LeakReason::kSameBytes: return "same_bytes";
    case LeakReason::kLooksAlike: break;
  }
  return "looks_alike";
}

Result<HeldPictures> HeldPictures::create(const std::filesystem::path& folder,
                                          const Options& options) {
  return HeldPictures(options, UNIMO_TRY(GreyStore::create(folder)));
}

std::uint32_t HeldPictures::entry(std::string_view benchmark, std::string_view id) {
  auto found = std::find(benchmarks_.begin(), benchmarks_.end(), benchmark);
  if (found == benchmarks_.end()) found = benchmarks_.emplace(found, benchmark);
  benchmark_of_.push_back(static_cast<std::uint16_t>(found - benchmarks_.begin()));
  ids_.emplace_back(id);
  return static_cast<std::uint32_t>(ids_.size() - 1);
}

void HeldPictures::add_name(const std::string& name, std::string_view benchmark,
                            std::string_view id) {
  if (!of_name_.contains(name)) of_name_.emplace(name, entry(benchmark, id));
}

Status HeldPictures::add_picture(std::string_view benchmark, std::string_view id,
                                 const Look& look) {
  const bool is_new = of_bytes_.try_emplace({look.bytes_low, look.bytes_high}, 0).second;
  if (!is_new) return ok();  // another benchmark's copy stands for it
  const std::uint32_t number = entry(benchmark, id);
  of_bytes_[{look.bytes_low, look.bytes_high}] = number;
  of_picture_.push_back(number);
  for (const std::uint64_t hash : look_hashes(look.grey)) index_.add(hash);
  return greys_.add(look.grey);
}

PictureMatch HeldPictures::match(LeakReason reason, std::uint32_t entry) const {
  return {.reason = reason, .benchmark = benchmarks_[benchmark_of_[entry]], .id = ids_[entry]};
}

std::optional<PictureMatch> HeldPictures::find_name(const std::string& name) const {
  const auto found = of_name_.find(name);
  if (found == of_name_.end()) return std::nullopt;
  return match(LeakReason::kSameName, found->second);
}

Result<std::optional<PictureMatch>> HeldPictures::find(const Look& look) const {
  if (options_.bytes) {
    const auto same = of_bytes_.find({look.bytes_low, look.bytes_high});
    if (same != of_bytes_.end()) return match(LeakReason::kSameBytes, same->second);
  }
  if (!options_.looks) return std::nullopt;
  auto best = UNIMO_TRY(most_alike(look));
  if (best && best->correlation < options_.correlation) best.reset();
  return best;
}

// For each held-out picture the frames with the nearest hashes.
void HeldPictures::collect(const GreyPicture& grey, bool is_mirrored,
                           std::vector<Candidate>& found) const {
  const auto hashes = look_hashes(grey);
  for (std::size_t frame = 0; frame < kFrames; ++frame) {
    index_.find(hashes[frame], options_.hash_distance, [&](std::uint32_t number, int distance) {
      found.push_back({distance, static_cast<std::uint32_t>(number / kFrames),
                       static_cast<std::uint8_t>(number % kFrames),
                       static_cast<std::uint8_t>(frame), is_mirrored});
    });
  }
}

Result<std::optional<PictureMatch>> HeldPictures::most_alike(const Look& look) const {
  std::vector<Candidate> candidates;
  collect(look.grey, false, candidates);
  const GreyPicture flipped = mirrored(look.grey);
  if (options_.mirrored) collect(flipped, true, candidates);
  std::sort(candidates.begin(), candidates.end());
  std::optional<PictureMatch> best;
  std::set<std::pair<std::uint32_t, bool>> compared;
  for (const Candidate& candidate : candidates) {
    if (!compared.emplace(candidate.picture, candidate.mirrored).second) continue;
    if (compared.size() > kMostCompared) break;
    const GreyPicture held = UNIMO_TRY(greys_.read(candidate.picture));
    const double correlation =
        detail_correlation(held, frames()[candidate.frame_held],
                           candidate.mirrored ? flipped : look.grey, frames()[candidate.frame]);
    if (best && correlation <= best->correlation) continue;
    best = match(LeakReason::kLooksAlike, of_picture_[candidate.picture]);
    best->distance = candidate.distance;
    best->correlation = correlation;
    best->mirrored = candidate.mirrored;
  }
  return best;
}

}  // namespace unimo::stages
