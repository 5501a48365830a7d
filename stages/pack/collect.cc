#include "stages/pack/collect.h"

#include <algorithm>
#include <fstream>
#include <unordered_map>
#include <unordered_set>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"

namespace unimo::stages {

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

std::string label_of(const InputItem& artifact) {
  return artifact.label.empty() ? artifact.path.filename().string() : artifact.label;
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
    const std::string label = label_of(artifact);
    UNIMO_TRY(check_new(records, label, taken));
    add_records(records, label, regions, excluded, pairs, quarantine);
  }
  pairs.unused_regions = static_cast<std::int64_t>(regions.images() - pairs.images.size());
  return pairs;
}

Status for_each_text(std::span<const InputItem> artifacts,
                     const std::function<Status(SourceText&)>& use) {
  for (const InputItem& artifact : artifacts) {
    std::int64_t seen = 0;
    const auto use_text = [&](TextRecord& text) -> Status {
      SourceText source{.place = fmt::format("texts.jsonl:{}", ++seen)};
      source.record.id = std::move(text.id);
      source.record.text = std::move(text.text);
      source.record.split = std::move(text.split);
      return use(source);
    };
    const auto use_document = [&](DocumentRecord& document) -> Status {
      ++seen;
      SourceText source{
          .record = std::move(document), .is_document = true, .place = label_of(artifact)};
      return use(source);
    };
    UNIMO_TRY(visit_texts(artifact.path, use_text));
    UNIMO_TRY(visit_documents(artifact.path, use_document));
    if (seen == 0) {
      return fail(ErrorCode::kNotFound,
                  "{}: neither texts (texts.jsonl) nor documents (documents-00000.jsonl); an input "
                  "of texts must be a records artifact with one of them",
                  artifact.path.string());
    }
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
