// The gallery: which tasks have pictures, and a page of pictures with everything known about each.
#include <algorithm>
#include <deque>
#include <set>

#include "orchestrator/store/artifacts.h"
#include "web/api.h"

namespace unimo::web {
namespace {

constexpr std::size_t kNearest = 5;
constexpr std::size_t kMostBoxes = 100;

// A task whose artifact is of use to the gallery.
struct Piece {
  std::string task;
  std::string artifact;
};

struct Pieces {
  std::vector<Piece> records, previews, predictions;
};

Result<bool> has_file(Database& db, const std::string& artifact, const std::string& path) {
  bool found = false;
  UNIMO_TRY(db.query(
      "SELECT 1 FROM artifact_files WHERE artifact = ? AND path = ?",
      [&found](const Row&) { found = true; }, artifact, path));
  return found;
}

Status sort_piece(Database& db, const Piece& piece, Pieces& pieces) {
  const auto add = [&](const char* path, std::vector<Piece>& list) -> Status {
    const bool known = std::any_of(list.begin(), list.end(), [&](const Piece& other) {
      return other.artifact == piece.artifact;
    });
    if (!known && UNIMO_TRY(has_file(db, piece.artifact, path))) list.push_back(piece);
    return ok();
  };
  UNIMO_TRY(add("images.jsonl", pieces.records));
  UNIMO_TRY(add("preview.jsonl", pieces.previews));
  return add("predictions.json", pieces.predictions);
}

// What the chosen task and everything before it offer.
Result<Pieces> pieces_before(RunReader& reader, const TaskRow& chosen) {
  Pieces pieces;
  std::set<std::int64_t> seen{chosen.id};
  std::deque<std::int64_t> waiting{chosen.id};
  while (!waiting.empty()) {
    const TaskRow task = UNIMO_TRY(reader.task(waiting.front()));
    waiting.pop_front();
    if (task.artifact)
      UNIMO_TRY(sort_piece(reader.database(), {task.name, *task.artifact}, pieces));
    for (const InputRow& input : UNIMO_TRY(reader.inputs(task.id))) {
      if (input.source_task && seen.insert(*input.source_task).second)
        waiting.push_back(*input.source_task);
    }
  }
  return pieces;
}

// Records alone say little; the predictions and previews of the same run are shown with them.
Status add_pieces_of_run(RunReader& reader, const std::string& run, Pieces& pieces) {
  for (const TaskRow& task : UNIMO_TRY(reader.tasks(run))) {
    if (!task.artifact) continue;
    Pieces others;
    UNIMO_TRY(sort_piece(reader.database(), {task.name, *task.artifact}, others));
    for (Piece& piece : others.previews) {
      const bool known = std::ranges::find(pieces.previews, piece.artifact, &Piece::artifact) !=
                         pieces.previews.end();
      if (!known) pieces.previews.push_back(std::move(piece));
    }
    for (Piece& piece : others.predictions) pieces.predictions.push_back(std::move(piece));
  }
  return ok();
}

Result<Json> gallery_list(const Api& api) {
  Json list = Json::array();
  auto lease = api.pool.borrow();
  if (!lease && lease.error().code == ErrorCode::kNotFound) return Json{{"galleries", list}};
  if (!lease) return tl::unexpected(lease.error());
  UNIMO_TRY((*lease)->database().query(
      "WITH recent AS (SELECT r.id, e.name AS experiment, r.created_ms FROM runs r "
      "JOIN experiments e ON e.id = r.experiment_id ORDER BY r.id DESC LIMIT 100) "
      "SELECT t.run_id, t.name, t.kind, t.artifact, recent.experiment, recent.created_ms, "
      "EXISTS(SELECT 1 FROM artifact_files f WHERE f.artifact = t.artifact AND f.path = "
      "'images.jsonl'), "
      "EXISTS(SELECT 1 FROM artifact_files f WHERE f.artifact = t.artifact AND f.path = "
      "'predictions.json'), "
      "EXISTS(SELECT 1 FROM artifact_files f WHERE f.artifact = t.artifact AND f.path = "
      "'preview.jsonl') "
      "FROM recent JOIN tasks t ON t.run_id = recent.id WHERE t.artifact IS NOT NULL "
      "ORDER BY t.run_id DESC, t.position LIMIT 5000",
      [&list](const Row& row) {
        const bool records = row.integer(6) != 0;
        const bool predictions = row.integer(7) != 0;
        const bool preview = row.integer(8) != 0;
        if (!records && !predictions && !preview) return;
        list.push_back({{"run", row.text(0)},
                        {"task", row.text(1)},
                        {"kind", row.text(2)},
                        {"artifact", row.text(3)},
                        {"experiment", row.text(4)},
                        {"created_ms", row.integer(5)},
                        {"holds", predictions ? "predictions"
                                  : records   ? "records"
                                              : "regions"}});
      }));
  return Json{{"galleries", std::move(list)}};
}

// Everything loaded that one page needs.
struct Loaded {
  struct Source {
    Piece piece;
    std::shared_ptr<const GalleryRecords> records;
  };
  std::vector<Source> sources;
  struct Preview {
    Piece piece;
    std::shared_ptr<const GalleryPreview> regions;
  };
  std::vector<Preview> previews;
  std::string regions_of;  // the task whose regions are shown; empty: a picture's own, or any
  std::vector<std::pair<std::string, std::shared_ptr<const GalleryPredictions>>> predictions;
  Json problems = Json::array();
};

Loaded load_pieces(const Api& api, const Pieces& pieces) {
  Loaded loaded;
  const auto folder = [&api](const Piece& piece) {
    return artifact_path(api.pool.paths(), piece.artifact);
  };
  const auto complain = [&loaded](const Piece& piece, const Error& error) {
    loaded.problems.push_back(piece.task + ": " + error.message);
  };
  for (const Piece& piece : pieces.records) {
    auto records = api.galleries.records(folder(piece));
    if (!records) {
      complain(piece, records.error());
      continue;
    }
    if ((*records)->unreadable > 0) {
      loaded.problems.push_back(
          fmt::format("{}: {} lines could not be read", piece.task, (*records)->unreadable));
    }
    loaded.sources.push_back({piece, *records});
  }
  for (const Piece& piece : pieces.previews) {
    auto preview = api.galleries.preview(folder(piece));
    if (preview) {
      loaded.previews.push_back({piece, *preview});
    } else {
      complain(piece, preview.error());
    }
  }
  for (const Piece& piece : pieces.predictions) {
    auto predictions = api.galleries.predictions(folder(piece));
    if (predictions) {
      loaded.predictions.emplace_back(piece.task, *predictions);
    } else {
      complain(piece, predictions.error());
    }
  }
  return loaded;
}

// Boxes as shares of the picture, whichever way they were stored.
Json box_json(const GalleryBox& box, const GalleryImage& image) {
  const bool shares =
      std::all_of(box.box.begin(), box.box.end(), [](double v) { return v <= 1.0; });
  const double w = shares ? 1 : image.width;
  const double h = shares ? 1 : image.height;
  Json made = {{"box", {box.box[0] / w, box.box[1] / h, box.box[2] / w, box.box[3] / h}},
               {"label", box.label}};
  if (!box.attributes.empty()) made["attributes"] = box.attributes;
  if (box.confidence) made["confidence"] = *box.confidence;
  return made;
}

// Those of the task that was asked for; else the picture's own, else the first there are.
std::vector<GalleryBox> regions_of(const Loaded& loaded, const std::string& source,
                                   const GalleryImage& image) {
  const std::string& wanted = loaded.regions_of;
  std::vector<GalleryBox> boxes;
  if (wanted.empty() || wanted == source) boxes = image.boxes;
  for (const Loaded::Preview& preview : loaded.previews) {
    if (!boxes.empty() || (!wanted.empty() && wanted != preview.piece.task)) continue;
    if (auto found = preview_boxes(*preview.regions, image.id)) boxes = std::move(*found);
  }
  return boxes;
}

Json boxes_json(const Loaded& loaded, const std::string& source, const GalleryImage& image) {
  Json list = Json::array();
  for (const GalleryBox& box : regions_of(loaded, source, image)) {
    if (list.size() < kMostBoxes) list.push_back(box_json(box, image));
  }
  return list;
}

// The tasks that have regions of these pictures.
Json region_tasks(const Loaded& loaded) {
  Json tasks = Json::array();
  for (const Loaded::Source& source : loaded.sources) {
    if (std::ranges::any_of(source.records->images,
                            [](const GalleryImage& image) { return !image.boxes.empty(); }))
      tasks.push_back(source.piece.task);
  }
  for (const Loaded::Preview& preview : loaded.previews) tasks.push_back(preview.piece.task);
  return tasks;
}

// The words of a retrieved caption: "<image>#<n>" or any id is looked up by its owner when it can
// be.
std::string caption_text(const Loaded& loaded, const GalleryPredictions& predictions,
                         std::size_t column) {
  if (column >= predictions.image_of_caption.size()) return predictions.caption_columns[column];
  const std::int64_t owner = predictions.image_of_caption[column];
  if (owner < 0 || static_cast<std::size_t>(owner) >= predictions.image_rows.size()) {
    return predictions.caption_columns[column];
  }
  // The n-th caption of its image, in the order of both files.
  std::size_t n = 0;
  for (std::size_t i = 0; i < column; ++i) {
    if (predictions.image_of_caption[i] == owner) ++n;
  }
  const std::string& image = predictions.image_rows[static_cast<std::size_t>(owner)];
  for (const Loaded::Source& source : loaded.sources) {
    const auto found = source.records->by_id.find(image);
    if (found == source.records->by_id.end()) continue;
    const auto& captions = source.records->images[found->second].captions;
    if (n < captions.size()) return captions[n];
  }
  return predictions.caption_columns[column];
}

Json predictions_of(const Loaded& loaded, const GalleryImage& image) {
  Json list = Json::array();
  for (const auto& [task, predictions] : loaded.predictions) {
    const auto caption = predictions->captions.find(image.id);
    if (caption != predictions->captions.end()) {
      list.push_back({{"task", task}, {"caption", caption->second}});
    }
    const auto row = predictions->row_of_image.find(image.id);
    if (row == predictions->row_of_image.end()) continue;
    const auto nearest = nearest_captions(*predictions, row->second, kNearest);
    if (!nearest) continue;
    Json found = Json::array();
    for (const Neighbour& neighbour : *nearest) {
      found.push_back({{"text", caption_text(loaded, *predictions, neighbour.caption)},
                       {"similarity", neighbour.similarity},
                       {"right", neighbour.right}});
    }
    list.push_back({{"task", task}, {"retrieved", std::move(found)}});
  }
  return list;
}

bool is_predicted(const Loaded& loaded, const GalleryImage& image) {
  return std::any_of(loaded.predictions.begin(), loaded.predictions.end(), [&](const auto& item) {
    return item.second->captions.contains(image.id) || item.second->row_of_image.contains(image.id);
  });
}

bool mentions(const GalleryImage& image, const std::string& word) {
  if (image.id.find(word) != std::string::npos) return true;
  const auto has = [&word](const std::string& text) {
    return text.find(word) != std::string::npos;
  };
  return std::any_of(image.captions.begin(), image.captions.end(), has) ||
         std::any_of(image.boxes.begin(), image.boxes.end(),
                     [&](const GalleryBox& box) { return has(box.label); });
}

Json image_json(const Loaded& loaded, const Piece& source, const GalleryImage& image) {
  const bool has_picture = !image.file.empty();
  return {{"id", image.id},
          {"source", source.task},
          {"src", has_picture ? Json("/image/" + source.artifact + "/" + image.file) : Json()},
          {"width", image.width},
          {"height", image.height},
          {"split", image.split},
          {"boxes", boxes_json(loaded, source.task, image)},
          {"captions", image.captions},
          {"predictions", predictions_of(loaded, image)}};
}

// Which of all pictures that fit are shown.
struct Window {
  std::size_t offset = 0, limit = 0, total = 0;
  bool shows_next() {
    const std::size_t number = total++;
    return number >= offset && number < offset + limit;
  }
};

struct PictureFilter {
  std::string split, word;
  bool of_predictions = false;  // only pictures that something was predicted of

  bool takes(const Loaded& loaded, const GalleryImage& image) const {
    return (split.empty() || image.split == split) &&
           (!of_predictions || is_predicted(loaded, image)) &&
           (word.empty() || mentions(image, word));
  }
};

Json pictures_of_records(const Loaded& loaded, const PictureFilter& filter, Window& window) {
  Json images = Json::array();
  for (const Loaded::Source& source : loaded.sources) {
    for (const GalleryImage& image : source.records->images) {
      if (filter.takes(loaded, image) && window.shows_next())
        images.push_back(image_json(loaded, source.piece, image));
    }
  }
  return images;
}

// Regions of others' files may come without any picture: their boxes are shown alone.
Json pictures_of_previews(const Loaded& loaded, const PictureFilter& filter, Window& window) {
  Json images = Json::array();
  for (const Loaded::Preview& preview : loaded.previews) {
    if (!loaded.regions_of.empty() && loaded.regions_of != preview.piece.task) continue;
    for (const GalleryPreview::Line& line : preview.regions->lines) {
      const GalleryImage image{.id = line.image, .width = line.width, .height = line.height};
      if (line.width <= 0 || line.height <= 0) continue;
      if (filter.takes(loaded, image) && window.shows_next())
        images.push_back(image_json(loaded, preview.piece, image));
    }
  }
  return images;
}

Json page_of(const Loaded& loaded, const PictureFilter& filter, Window window) {
  Json page = {{"sources", Json::array()}, {"problems", loaded.problems}};
  std::set<std::string> splits;
  for (const Loaded::Source& source : loaded.sources) {
    page["sources"].push_back(
        {{"task", source.piece.task}, {"images", source.records->images.size()}});
    splits.insert(source.records->splits.begin(), source.records->splits.end());
  }
  page["images"] = loaded.sources.empty() ? pictures_of_previews(loaded, filter, window)
                                          : pictures_of_records(loaded, filter, window);
  page["splits"] = splits;
  page["total"] = window.total;
  page["region_tasks"] = region_tasks(loaded);
  page["regions_of"] = loaded.regions_of;
  return page;
}

// Of a task with regions, its own; of another, what was asked for.
std::string chosen_regions(const Request& request, const Pieces& pieces,
                           const std::string& artifact) {
  if (const std::string asked = request.param("regions"); !asked.empty()) return asked;
  const auto own = std::ranges::find(pieces.previews, artifact, &Piece::artifact);
  return own != pieces.previews.end() ? own->task : std::string();
}

}  // namespace

Result<Json> api_gallery(const Api& api, const Request& request) {
  const std::string artifact = request.param("artifact");
  if (artifact.empty()) return gallery_list(api);
  const auto offset =
      static_cast<std::size_t>(UNIMO_TRY(request.number("offset", 0, 0, 1LL << 40)));
  const auto limit = static_cast<std::size_t>(UNIMO_TRY(request.number("limit", 24, 1, 100)));
  auto lease = UNIMO_TRY(api.pool.borrow());
  RunReader& reader = *lease;
  const ArtifactRow stored = UNIMO_TRY(reader.find_artifact(artifact));
  auto chosen = UNIMO_TRY(reader.producer(stored.digest));
  if (!chosen)
    return fail(ErrorCode::kNotFound, "artifact {}: no task that made it is recorded", artifact);
  // The same artifact may belong to several runs; its predictions are those of the run one came
  // from.
  if (const std::string run = request.param("run"); !run.empty()) {
    const RunRow wanted = UNIMO_TRY(reader.run(run));
    for (TaskRow& task : UNIMO_TRY(reader.tasks(wanted.id))) {
      if (task.artifact == chosen->artifact) chosen = std::move(task);
    }
  }
  Pieces pieces = UNIMO_TRY(pieces_before(reader, *chosen));
  const PictureFilter filter{.split = request.param("split"),
                             .word = request.param("q"),
                             .of_predictions = !pieces.predictions.empty()};
  if (!filter.of_predictions) UNIMO_TRY(add_pieces_of_run(reader, chosen->run, pieces));
  Loaded loaded = load_pieces(api, pieces);
  loaded.regions_of = chosen_regions(request, pieces, stored.digest);
  Json page = page_of(loaded, filter, {.offset = offset, .limit = limit});
  page["task"] = chosen->name;
  page["run"] = chosen->run;
  page["kind"] = chosen->kind;
  page["artifact"] = stored.digest;
  return page;
}

}  // namespace unimo::web
