#include "stages/rewrites/caption_source.h"

#include <unordered_map>
#include <utility>

#include "evaluators/scene_graph/lemmas.h"
#include "orchestrator/stage/stage.h"
#include "stages/ingest/id_table.h"
#include "stages/ingest/records.h"
#include "stages/rewrites/word_counts.h"

namespace unimo::stages {

namespace {

Status check_stop() {
  if (!StageContext::stop_requested()) return ok();
  return fail(ErrorCode::kCancelled, "stopped while reading captions");
}

void add_regions(const ImageRecord& record, ImageCaptions& image) {
  std::set<std::string> attributes;
  for (const Region& region : record.regions) {
    const std::string label = lower_case_of(region.label);
    const std::size_t blank = label.rfind(' ');
    const std::size_t last = blank == std::string::npos ? 0 : blank + 1;
    image.labels.push_back(label.substr(0, last) + eval::noun_lemma(label.substr(last)));
    for (const std::string& attribute : region.attributes)
      attributes.insert(lower_case_of(attribute));
  }
  image.attributes.assign(attributes.begin(), attributes.end());
}

Status add_artifact(const InputItem& artifact, const std::set<std::string>& splits,
                    IdTable& caption_ids, std::vector<ImageCaptions>& images) {
  std::unordered_map<std::string, std::size_t> place_of;  // looked up only
  UNIMO_TRY(visit_images(artifact.path, [&](ImageRecord& image) -> Status {
    if (!splits.contains(image.split)) return ok();
    if (!place_of.emplace(image.id, images.size()).second) {
      return fail(ErrorCode::kInvalid, "{}: two images have the id {}", artifact.path.string(),
                  image.id);
    }
    images.push_back({.image = std::move(image.id), .split = image.split, .captions = {}});
    add_regions(image, images.back());
    return check_stop();
  }));
  return visit_captions(artifact.path, [&](CaptionRecord& caption) -> Status {
    const auto place = place_of.find(caption.image);
    if (place == place_of.end()) return ok();
    if (!caption_ids.insert(caption.id)) {
      return fail(ErrorCode::kInvalid,
                  "{}: a caption {} was there before; ids must differ over all inputs captions",
                  artifact.path.string(), caption.id);
    }
    images[place->second].captions.push_back({std::move(caption.id), std::move(caption.text)});
    return check_stop();
  });
}

}  // namespace

Result<std::vector<ImageCaptions>> read_image_captions(std::span<const InputItem> artifacts,
                                                       const std::set<std::string>& splits) {
  std::vector<ImageCaptions> images;
  IdTable caption_ids;
  for (const InputItem& artifact : artifacts)
    UNIMO_TRY(add_artifact(artifact, splits, caption_ids, images));
  std::erase_if(images, [](const ImageCaptions& image) { return image.captions.empty(); });
  return images;
}

}  // namespace unimo::stages
