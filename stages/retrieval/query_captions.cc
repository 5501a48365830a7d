#include "stages/retrieval/query_captions.h"

#include <algorithm>
#include <unordered_map>

#include "orchestrator/stage/stage.h"
#include "stages/ingest/records.h"

namespace unimo::stages {

namespace {

Status check_stop() {
  if (!StageContext::stop_requested()) return ok();
  return fail(ErrorCode::kCancelled, "stopped while reading captions");
}

// What becomes of an image's captions.
struct ImageUse {
  enum Kind : std::uint8_t { kTaken, kOtherSplit, kExcluded } kind = kTaken;
  std::uint32_t number = 0;
};

class CaptionReader {
 public:
  CaptionReader(const std::set<std::string>& splits, const std::set<std::string>& excluded)
      : splits_(splits), excluded_(excluded) {}

  Status add(const InputItem& artifact) {
    UNIMO_TRY(visit_images(artifact.path, [&](ImageRecord& image) {
      const Status going_on = check_stop();
      return going_on ? add_image(image, artifact) : going_on;
    }));
    return visit_captions(artifact.path, [&](CaptionRecord& caption) {
      const Status going_on = check_stop();
      return going_on ? add_caption(caption, artifact) : going_on;
    });
  }

  QueryCaptions finish() {
    std::ranges::stable_sort(found_.captions, {}, &QueryCaption::image);
    found_.ends.assign(found_.images.size(), 0);
    for (const QueryCaption& caption : found_.captions) ++found_.ends[caption.image];
    std::size_t end = 0;
    for (std::size_t& count : found_.ends) count = end += count;
    return std::move(found_);
  }

 private:
  Status add_image(const ImageRecord& image, const InputItem& artifact) {
    ImageUse use{.number = static_cast<std::uint32_t>(found_.images.size())};
    if (excluded_.contains(image.id)) {
      use.kind = ImageUse::kExcluded;
    } else if (!splits_.contains(image.split)) {
      use.kind = ImageUse::kOtherSplit;
    }
    if (!use_of_image_.emplace(image.id, use).second) {
      return fail(ErrorCode::kInvalid,
                  "{}: image {} is there already; ids must be unique, so leave one artifact out",
                  artifact.path.string(), image.id);
    }
    if (use.kind == ImageUse::kTaken) found_.images.push_back(image.id);
    return ok();
  }

  Status add_caption(CaptionRecord& caption, const InputItem& artifact) {
    const auto use = use_of_image_.find(caption.image);
    if (use == use_of_image_.end()) {
      return fail(ErrorCode::kInvalid,
                  "{}: caption {} speaks of image {}, which images.jsonl does not have; make the "
                  "records anew",
                  artifact.path.string(), caption.id, caption.image);
    }
    if (use->second.kind == ImageUse::kTaken) {
      found_.captions.push_back(
          {std::move(caption.id), std::move(caption.text), use->second.number});
    } else {
      ++(use->second.kind == ImageUse::kExcluded ? found_.excluded : found_.other_splits);
    }
    return ok();
  }

  const std::set<std::string>& splits_;
  const std::set<std::string>& excluded_;
  std::unordered_map<std::string, ImageUse> use_of_image_;  // looked up only
  QueryCaptions found_;
};

}  // namespace

Result<QueryCaptions> read_query_captions(std::span<const InputItem> artifacts,
                                          const std::set<std::string>& splits,
                                          const std::set<std::string>& excluded) {
  CaptionReader reader(splits, excluded);
  for (const InputItem& artifact : artifacts) UNIMO_TRY(reader.add(artifact));
  return reader.finish();
}

}  // namespace unimo::stages
