#include "stages/score/caption_files.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "evaluators/evaluator.h"
#include "stages/ingest/stream/json_stream.h"
#include "stages/ingest/stream/line_reader.h"
#include "stages/score/text_lines.h"

namespace unimo::stages {

namespace {

namespace fs = std::filesystem;

// Captions by image, in the order in which images were first named.
class CaptionCollector {
 public:
  explicit CaptionCollector(std::string name) : name_(std::move(name)) {}

  // False when the image is there already.
  bool add_image(const std::string& id) {
    const bool is_new = row_of_.emplace(id, images_.size()).second;
    if (is_new) images_.push_back({id, {}, {}});
    return is_new;
  }
  Status add_caption(const std::string& image, const std::string& id, std::string_view text) {
    if (text.size() >= kMaxTextBytes)
      return fail(ErrorCode::kInvalid, "caption {} has {} bytes; is it a caption?", id,
                  text.size());
    if (!ids_.insert(id).second) return fail(ErrorCode::kInvalid, "caption {} stands twice", id);
    const auto row = row_of_.find(image);
    if (row == row_of_.end())
      return fail(ErrorCode::kInvalid, "caption {} is of image {}, which the file does not have",
                  id, image);
    images_[row->second].texts.emplace_back(text);
    images_[row->second].ids.push_back(id);
    return ok();
  }
  Result<CaptionSet> finish() && {
    CaptionSet set{.name = name_};
    std::vector<std::string> bare;
    for (Image& image : images_) {
      if (image.texts.empty()) bare.push_back(image.id);
      set.images.push_back(std::move(image.id));
      set.first_of_image.push_back(set.texts.size());
      std::move(image.texts.begin(), image.texts.end(), std::back_inserter(set.texts));
      std::move(image.ids.begin(), image.ids.end(), std::back_inserter(set.caption_ids));
    }
    set.first_of_image.push_back(set.texts.size());
    if (!bare.empty())
      return fail(ErrorCode::kInvalid, "{}: {} images have no caption to compare with: {}", name_,
                  bare.size(), eval::first_names(bare));
    if (set.images.empty())
      return fail(ErrorCode::kInvalid, "{}: no image with captions; there is nothing to score",
                  name_);
    return set;
  }

 private:
  struct Image {
    std::string id;
    std::vector<std::string> texts, ids;
  };
  std::string name_;
  std::vector<Image> images_;
  std::unordered_map<std::string, std::size_t> row_of_;
  std::unordered_set<std::string> ids_;
};

Result<std::string> need_id(JsonView item, std::string_view key) {
  auto id = item[key].id_text();
  if (!id) return fail(ErrorCode::kInvalid, "needs a number or text \"{}\"", key);
  return *std::move(id);
}

// COCO lists images and annotations apart, in any order.
struct CocoCaption {
  std::string place, image, id, text;
};

Result<CocoCaption> coco_caption(JsonView item, std::string place) {
  CocoCaption caption{.place = std::move(place)};
  caption.image = UNIMO_TRY(need_id(item, "image_id"));
  caption.id = UNIMO_TRY(need_id(item, "id"));
  caption.text = UNIMO_TRY(item.need_text("caption"));
  return caption;
}

Status add_karpathy(JsonView item, std::string_view split, CaptionCollector& collector) {
  if (UNIMO_TRY(item.need_text("split")) != split) return ok();
  const bool has_number = static_cast<bool>(item["cocoid"]);
  const std::string image = UNIMO_TRY(need_id(item, has_number ? "cocoid" : "filename"));
  if (!collector.add_image(image)) return fail(ErrorCode::kInvalid, "image {} stands twice", image);
  for (const JsonView sentence : item["sentences"].items()) {
    const std::string id = UNIMO_TRY(need_id(sentence, "sentid"));
    const auto text = UNIMO_TRY(sentence.need_text("raw"));
    UNIMO_TRY(collector.add_caption(image, id, text));
  }
  return ok();
}

Result<CaptionSet> read_caption_json(const fs::path& path, std::string_view split) {
  CaptionCollector collector(path.string());
  std::vector<CocoCaption> captions;  // until all images are known
  bool karpathy = false;
  const auto visit = [&](const JsonPlace& at, JsonView item) -> Status {
    std::string place = fmt::format("{}:{}: {}[{}]", path.string(), at.line, at.section, at.index);
    Status done = ok();
    if (at.section == "images" && item["sentences"]) {
      karpathy = true;
      done = add_karpathy(item, split, collector);
    } else if (at.section == "images") {
      const auto id = need_id(item, "id");
      if (!id) return fail(ErrorCode::kInvalid, "{}: {}", place, id.error().message);
      if (!collector.add_image(*id)) done = fail(ErrorCode::kInvalid, "image {} stands twice", *id);
    } else if (at.section == "annotations") {
      auto caption = coco_caption(item, place);
      if (!caption) return fail(ErrorCode::kInvalid, "{}: {}", place, caption.error().message);
      captions.push_back(*std::move(caption));
    }
    if (!done) return fail(ErrorCode::kInvalid, "{}: {}", place, done.error().message);
    return ok();
  };
  UNIMO_TRY(stream_json_views(path, {}, visit));
  if (karpathy && split.empty())
    return fail(ErrorCode::kInvalid, "{}: holds all splits; say which one with --split",
                path.string());
  for (const CocoCaption& caption : captions) {
    if (const Status added = collector.add_caption(caption.image, caption.id, caption.text); !added)
      return fail(ErrorCode::kInvalid, "{}: {}", caption.place, added.error().message);
  }
  return std::move(collector).finish();
}

Result<CaptionSet> read_token_file(const fs::path& path) {
  const TextLines lines = UNIMO_TRY(read_text_lines(path, {}));
  CaptionCollector collector(path.string());
  for (std::size_t i = 0; i < lines.lines.size(); ++i) {
    const std::string& line = lines.lines[i];
    const std::size_t tab = line.find('\t');
    const std::size_t mark = line.find('#');
    if (tab == std::string::npos || mark == std::string::npos || mark > tab) {
      return fail(ErrorCode::kInvalid,
                  "{}:{}: \"{}\" is not \"picture.jpg#number<TAB>caption\"; take a token file or "
                  "COCO's JSON",
                  lines.name, i + 1, line.substr(0, 100));
    }
    const std::string image = line.substr(0, mark);
    collector.add_image(image);
    if (const Status added = collector.add_caption(image, line.substr(0, tab),
                                                   std::string_view(line).substr(tab + 1));
        !added)
      return fail(ErrorCode::kInvalid, "{}:{}: {}", lines.name, i + 1, added.error().message);
  }
  return std::move(collector).finish();
}

}  // namespace

Result<CaptionSet> captions_of_split(const Records& records, std::string_view split,
                                     bool leave_out_bare) {
  CaptionCollector collector(fmt::format("references of the split \"{}\"", split));
  const auto captions = records.captions_of_images();
  for (std::size_t i = 0; i < records.images.size(); ++i) {
    if (records.images[i].split != split || (leave_out_bare && captions[i].empty())) continue;
    collector.add_image(records.images[i].id);
    for (const std::size_t c : captions[i]) {
      const CaptionRecord& caption = records.captions[c];
      UNIMO_TRY(collector.add_caption(records.images[i].id, caption.id, caption.text));
    }
  }
  return std::move(collector).finish();
}

Result<CaptionSet> read_caption_references(const fs::path& path, std::string_view split) {
  const auto source = UNIMO_TRY(open_source(path, {}));
  char first = '\0';
  UNIMO_TRY(source->read({&first, 1}));
  return first == '{' || first == '[' ? read_caption_json(path, split) : read_token_file(path);
}

Result<CaptionSet> restrict_to(const CaptionSet& set, std::span<const std::string> wanted) {
  const std::unordered_set<std::string> kept(wanted.begin(), wanted.end());
  CaptionCollector collector(set.name);
  for (std::size_t i = 0; i < set.images.size(); ++i) {
    if (!kept.contains(set.images[i])) continue;
    collector.add_image(set.images[i]);
    for (std::size_t c = set.first_of_image[i]; c < set.first_of_image[i + 1]; ++c)
      UNIMO_TRY(collector.add_caption(set.images[i], set.caption_ids[c], set.texts[c]));
  }
  return std::move(collector).finish();
}

}  // namespace unimo::stages
