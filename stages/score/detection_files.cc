#include "stages/score/detection_files.h"

#include <array>
#include <cmath>
#include <unordered_map>

#include "evaluators/evaluator.h"
#include "stages/ingest/name_table.h"
#include "stages/ingest/records.h"
#include "stages/ingest/stream/json_stream.h"

namespace unimo::stages {

namespace {

namespace fs = std::filesystem;

using Numbers = std::unordered_map<std::string, std::size_t>;  // of ids

Result<std::string> need_id(JsonView item, std::string_view key) {
  auto id = item[key].id_text();
  if (!id) return fail(ErrorCode::kInvalid, "needs a number or text \"{}\"", key);
  return *std::move(id);
}

Result<std::size_t> need_number_of(JsonView item, std::string_view key, const Numbers& numbers) {
  const std::string id = UNIMO_TRY(need_id(item, key));
  const auto found = numbers.find(id);
  if (found == numbers.end())
    return fail(ErrorCode::kInvalid, "\"{}\" is {}, which the references do not have", key, id);
  return found->second;
}

Result<std::array<double, 4>> need_four(JsonView item, std::string_view key) {
  std::array<double, 4> four{};
  std::size_t count = 0;
  for (const JsonView value : item[key].items()) {
    const auto number = value.number();
    if (!number || !std::isfinite(*number) || count == four.size()) {
      count = 0;
      break;
    }
    four[count++] = *number;
  }
  if (count != four.size())
    return fail(ErrorCode::kInvalid, "needs four finite numbers \"{}\", has {}", key,
                item[key].dump());
  return four;
}

// COCO's [x, y, w, h].
Result<eval::DetectionBox> need_coco_box(JsonView item) {
  const auto four = UNIMO_TRY(need_four(item, "bbox"));
  const auto& [x, y, w, h] = four;
  if (w < 0 || h < 0)
    return fail(ErrorCode::kInvalid, "\"bbox\" {} has a negative side; it is [x, y, width, height]",
                item["bbox"].dump());
  return eval::DetectionBox{x, y, x + w, y + h};
}

Result<double> need_score(JsonView item) {
  const double score = UNIMO_TRY(item.need_number("score"));
  if (std::isfinite(score)) return score;
  return fail(ErrorCode::kInvalid, "\"score\" is not finite");
}

class CocoReading {
 public:
  // Images and categories may stand behind the annotations: two passes.
  Status read_gold(const fs::path& path) {
    const auto take_ids = [&](std::string_view section, JsonView item) -> Status {
      if (section == "images") return add_id(item, images_, out_.images, "image", {});
      if (section == "categories") {
        const auto name = UNIMO_TRY(item.need_text("name"));
        return add_id(item, labels_, out_.labels, "category", name);
      }
      return ok();
    };
    UNIMO_TRY(each(path, take_ids));
    if (out_.images.empty() || out_.labels.empty())
      return fail(ErrorCode::kInvalid,
                  "{}: has {} images and {} categories; references are COCO's instances_*.json",
                  path.string(), out_.images.size(), out_.labels.size());
    out_.set.labels = out_.labels.size();
    return each(path, [&](std::string_view section, JsonView item) -> Status {
      return section == "annotations" ? add_gold(item) : ok();
    });
  }

  Status read_results(const fs::path& path) {
    std::int64_t unknown = 0;
    const auto take_one = [&](std::string_view section, JsonView item) -> Status {
      if (!section.empty())
        return fail(ErrorCode::kInvalid,
                    "results are one list: [{{\"image_id\", \"category_id\", "
                    "\"bbox\", \"score\"}}]");
      eval::DetectedObject found;
      found.image = UNIMO_TRY(need_number_of(item, "image_id", images_));
      found.box = UNIMO_TRY(need_coco_box(item));
      found.score = UNIMO_TRY(need_score(item));
      const std::string category = UNIMO_TRY(need_id(item, "category_id"));
      const auto label = labels_.find(category);
      if (label == labels_.end()) {
        ++unknown;
        return ok();
      }
      found.label = label->second;
      out_.set.detected.push_back(found);
      return ok();
    };
    UNIMO_TRY(each(path, take_one));
    if (unknown > 0)
      out_.warnings.push_back(fmt::format(
          "{}: {} detections have a category that the references do not have; they are not used",
          path.string(), unknown));
    return ok();
  }

  DetectionFiles take() { return std::move(out_); }

 private:
  template <class Visit>
  static Status each(const fs::path& path, const Visit& visit) {
    return stream_json_views(path, {}, [&](const JsonPlace& at, JsonView item) -> Status {
      const Status done = visit(at.section, item);
      if (done) return ok();
      return fail(done.error().code, "{}:{}: {}[{}]: {}", path.string(), at.line, at.section,
                  at.index, done.error().message);
    });
  }

  static Status add_id(JsonView item, Numbers& numbers, std::vector<std::string>& names,
                       std::string_view what, std::string_view name) {
    const std::string id = UNIMO_TRY(need_id(item, "id"));
    if (!numbers.emplace(id, names.size()).second)
      return fail(ErrorCode::kInvalid, "{} {} stands twice", what, id);
    names.emplace_back(name.empty() ? id : std::string(name));
    return ok();
  }

  Status add_gold(JsonView item) {
    eval::GoldObject object;
    object.image = UNIMO_TRY(need_number_of(item, "image_id", images_));
    object.label = UNIMO_TRY(need_number_of(item, "category_id", labels_));
    object.box = UNIMO_TRY(need_coco_box(item));
    object.area = item["area"].number().value_or(object.box.area());
    object.is_crowd = item["iscrowd"].whole().value_or(0) != 0;
    object.is_hard = object.is_crowd;
    out_.set.gold.push_back(object);
    return ok();
  }

  DetectionFiles out_;
  Numbers images_, labels_;
};

class RunReading {
 public:
  Status read_gold(const fs::path& records, std::string_view split, const fs::path& predictions) {
    names_ = UNIMO_TRY(NameTable::read(predictions / "objects_vocab.txt"));
    out_.set.labels = static_cast<std::size_t>(names_.size());
    for (int i = 0; i < names_.size(); ++i) out_.labels.emplace_back(names_.name(i));
    std::int64_t unknown = 0;
    UNIMO_TRY(visit_images(records, [&](ImageRecord& image) {
      if (image.split != split) return ok();
      images_.emplace(image.id, out_.images.size());
      for (const Region& region : image.regions) unknown += add_gold(region) ? 0 : 1;
      out_.images.push_back(std::move(image.id));
      return ok();
    }));
    if (out_.set.gold.empty())
      return fail(ErrorCode::kInvalid,
                  "{}: {} pictures of the split \"{}\", none with a box of the detector's classes; "
                  "take records with boxes",
                  records.string(), out_.images.size(), split);
    if (unknown > 0)
      out_.warnings.push_back(
          fmt::format("{} annotated boxes have a label that is no class of the detector; they are "
                      "left out",
                      unknown));
    return ok();
  }

  Status read_found(const fs::path& predictions) {
    const fs::path file = predictions / "objects.jsonl";
    std::vector<bool> is_given(out_.images.size());
    UNIMO_TRY(stream_json_lines(file, {}, [&](const JsonPlace& at, JsonView line) -> Status {
      const Status added = add_line(line, is_given);
      if (added) return ok();
      return fail(ErrorCode::kInvalid, "{}:{}: {}", file.string(), at.line, added.error().message);
    }));
    std::vector<std::string> missing;
    for (std::size_t i = 0; i < is_given.size(); ++i)
      if (!is_given[i]) missing.push_back(out_.images[i]);
    if (!missing.empty())
      out_.warnings.push_back(fmt::format(
          "{} pictures have no prediction and count as ones where nothing was found: {}",
          missing.size(), eval::first_names(missing)));
    return ok();
  }

  DetectionFiles take() { return std::move(out_); }

 private:
  bool add_gold(const Region& region) {
    const auto label = names_.find(region.label);
    if (!label) return false;
    const eval::DetectionBox box{region.box[0], region.box[1], region.box[2], region.box[3]};
    out_.set.gold.push_back({.image = out_.images.size(),
                             .label = static_cast<std::size_t>(*label),
                             .box = box,
                             .area = box.area()});
    return true;
  }

  Status add_line(JsonView line, std::vector<bool>& is_given) {
    const std::size_t image = UNIMO_TRY(need_number_of(line, "image", images_));
    if (is_given[image])
      return fail(ErrorCode::kInvalid, "image {} stands twice", out_.images[image]);
    is_given[image] = true;
    for (const JsonView item : line["objects"].items()) {
      const auto name = UNIMO_TRY(item.need_text("label"));
      const auto label = names_.find(name);
      if (!label) return fail(ErrorCode::kInvalid, "label `{}` is not in objects_vocab.txt", name);
      const auto corners = UNIMO_TRY(need_four(item, "box"));
      const double score = UNIMO_TRY(need_score(item));
      out_.set.detected.push_back({.image = image,
                                   .label = static_cast<std::size_t>(*label),
                                   .box = {corners[0], corners[1], corners[2], corners[3]},
                                   .score = score});
    }
    return ok();
  }

  NameTable names_;
  DetectionFiles out_;
  Numbers images_;
};

}  // namespace

Result<DetectionFiles> read_coco_detection(const fs::path& instances, const fs::path& results) {
  CocoReading reading;
  UNIMO_TRY(reading.read_gold(instances));
  UNIMO_TRY(reading.read_results(results));
  return reading.take();
}

Result<DetectionFiles> read_run_detection(const fs::path& records, std::string_view split,
                                          const fs::path& predictions) {
  RunReading reading;
  UNIMO_TRY(reading.read_gold(records, split, predictions));
  UNIMO_TRY(reading.read_found(predictions));
  return reading.take();
}

}  // namespace unimo::stages
