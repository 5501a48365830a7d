#include "stages/pack/collect.h"

#include <algorithm>
#include <fstream>
#include <unordered_map>
#include <unordered_set>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

// Images and captions of artifacts already taken, to find ids that collide.
struct Taken {
  std::unordered_map<std::string, std::string> artifact_of_image;  // looked up only
  std::unordered_set<std::string> captions;
};

Status check_new(const Records& records, const std::string& artifact, Taken& taken) {
  for (const ImageRecord& image : records.images) {
    const auto [found, is_new] = taken.artifact_of_image.emplace(image.id, artifact);
    if (!is_new) {
      return fail(ErrorCode::kInvalid,
                  "image {} is in {} and in {}; ids must be unique in a pack, so leave one out",
                  image.id, found->second, artifact);
    }
  }
  for (const CaptionRecord& caption : records.captions) {
    if (!taken.captions.insert(caption.id).second) {
      return fail(ErrorCode::kInvalid,
                  "{}: caption {} is in another artifact, too; ids must be unique in a pack",
                  artifact, caption.id);
    }
  }
  return ok();
}

void add_records(const Records& records, const std::string& artifact, const RegionSources& regions,
                 const std::set<std::string>& excluded, Pairs& pairs, Quarantine& quarantine) {
  std::unordered_map<std::string, std::uint32_t> number_of_image;  // looked up only
  for (const ImageRecord& image : records.images) {
    if (excluded.contains(image.id)) {
      ++pairs.excluded_images;
      continue;
    }
    quarantine.saw(Item::kImage);
    if (!regions.has(image.id)) {
      quarantine.add(
          Item::kImage,
          {.source = artifact, .id = image.id, .reason = "no_regions", .detail = image.place.file});
      continue;
    }
    number_of_image.emplace(image.id, static_cast<std::uint32_t>(pairs.images.size()));
    pairs.images.push_back({.id = image.id,
                            .split = split_number(image.split),
                            .width = static_cast<std::uint32_t>(image.width),
                            .height = static_cast<std::uint32_t>(image.height),
                            .regions = regions.regions(image.id)});
  }
  for (const CaptionRecord& caption : records.captions) {
    if (excluded.contains(caption.image)) continue;
    quarantine.saw(Item::kCaption);
    const auto image = number_of_image.find(caption.image);
    if (image == number_of_image.end()) {
      quarantine.add(Item::kCaption, {.source = artifact,
                                      .id = caption.id,
                                      .reason = "image_without_regions",
                                      .detail = caption.image});
      continue;
    }
    pairs.captions.push_back({.image = image->second,
                              .split = pairs.images[image->second].split,
                              .id = caption.id,
                              .text = caption.text});
  }
}

Result<TextRecord> parse_text(const std::string& line, const std::string& place) {
  const Json document = UNIMO_TRY(parse_json(line, place));
  TextRecord text;
  try {
    document.at("id").get_to(text.id);
    document.at("text").get_to(text.text);
    document.at("split").get_to(text.split);
  } catch (const Json::exception& error) {
    return fail(ErrorCode::kInvalid, "{}: not a text of a records artifact: {}", place,
                error.what());
  }
  if (!is_known_split(text.split)) {
    return fail(ErrorCode::kInvalid, "{}: unknown split \"{}\" of text {}", place, text.split,
                text.id);
  }
  return text;
}

}  // namespace

std::uint32_t split_number(std::string_view split) {
  const auto found = std::ranges::find(kPackSplits, split);
  UNIMO_CHECK(found != kPackSplits.end(), "unknown split {}", split);
  return static_cast<std::uint32_t>(found - kPackSplits.begin());
}

Result<Pairs> collect_pairs(std::span<const InputItem> artifacts, const RegionSources& regions,
                            const std::set<std::string>& excluded, Quarantine& quarantine) {
  Pairs pairs;
  Taken taken;
  for (const InputItem& artifact : artifacts) {
    const Records records = UNIMO_TRY(read_records(artifact.path));
    const std::string label =
        artifact.label.empty() ? artifact.path.filename().string() : artifact.label;
    UNIMO_TRY(check_new(records, label, taken));
    add_records(records, label, regions, excluded, pairs, quarantine);
  }
  pairs.unused_regions = static_cast<std::int64_t>(regions.images() - pairs.images.size());
  return pairs;
}

Status for_each_text(std::span<const InputItem> artifacts,
                     const std::function<Status(const TextRecord&, const std::string&)>& use) {
  for (const InputItem& artifact : artifacts) {
    const fs::path path = artifact.path / "texts.jsonl";
    std::ifstream file(path);
    if (!file) {
      return fail(ErrorCode::kNotFound,
                  "{}: cannot be read; an input of texts must be a records artifact with texts",
                  path.string());
    }
    std::string line;
    for (std::int64_t number = 1; std::getline(file, line); ++number) {
      const std::string place = fmt::format("{}:{}", path.string(), number);
      const TextRecord text = UNIMO_TRY(parse_text(line, place));
      UNIMO_TRY(use(text, fmt::format("texts.jsonl:{}", number)));
    }
    if (file.bad()) return fail(ErrorCode::kIo, "{}: cannot read to the end", path.string());
  }
  return ok();
}

Result<std::set<std::string>> read_excluded(std::span<const InputItem> files) {
  std::set<std::string> ids;
  for (const InputItem& file : files) {
    for (const std::string& line : UNIMO_TRY(read_lines(file.path))) {
      const std::size_t first = line.find_first_not_of(" \t");
      if (first == line.npos) continue;
      ids.insert(line.substr(first, line.find_last_not_of(" \t") - first + 1));
    }
  }
  return ids;
}

}  // namespace unimo::stages
