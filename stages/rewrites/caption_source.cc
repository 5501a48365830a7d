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

// Base forms, as the vocabulary has them.
std::vector<std::string> labels_of(const ImageRecord& image) {
  std::set<std::string> labels;
  for (const Region& region : image.regions) {
    const std::string label = lower_case_of(region.label);
    const std::size_t blank = label.rfind(' ');
    const std::size_t last = blank == std::string::npos ? 0 : blank + 1;
    labels.insert(label.substr(0, last) + eval::noun_lemma(label.substr(last)));
    labels.insert(eval::noun_lemma(label.substr(last)));
    for (const std::string& attribute : region.attributes) labels.insert(lower_case_of(attribute));
  }
  return {labels.begin(), labels.end()};
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
    images.push_back({.image = std::move(image.id),
                      .split = image.split,
                      .captions = {},
                      .labels = labels_of(image)});
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
