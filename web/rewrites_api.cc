// Rewritten captions to look at: a caption's graph, what was put in its place, what lies near it.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "orchestrator/store/artifacts.h"
#include "web/api.h"

namespace unimo::web {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kFurthest = 10'000;  // captions from the beginning, as with samples
constexpr std::size_t kNeighbours = 6;      // shown of each kind
constexpr std::size_t kMostNodes = 60;      // of a graph; longer captions are shown without
constexpr std::uintmax_t kMostBytes = 512ULL * 1024 * 1024;  // of a file of neighbours

Result<bool> has_file(Database& db, const std::string& artifact, const std::string& path) {
  bool found = false;
  UNIMO_TRY(db.query(
      "SELECT 1 FROM artifact_files WHERE artifact = ? AND path = ?",
      [&found](const Row&) { found = true; }, artifact, path));
  return found;
}

// ---- the graph

Json list_at(const Json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->is_array() ? *found : Json::array();
}

// The index in an element of a list, when there is one and it is below `count`.
std::optional<std::size_t> index_at(const Json& list, std::size_t place, std::size_t count) {
  if (!list.is_array() || place >= list.size() || !list[place].is_number_unsigned())
    return std::nullopt;
  const auto index = list[place].get<std::size_t>();
  return index < count ? std::optional(index) : std::nullopt;
}

std::string text_at(const Json& list, std::size_t place) {
  return list.is_array() && place < list.size() && list[place].is_string()
             ? list[place].get<std::string>()
             : std::string();
}

// Objects are boxes, relations boxes between them; attributes stand below their object.
Graph graph_of(const Json& stored) {
  Graph graph{.label = "The caption's graph", .nodes = {}, .edges = {}};
  for (const Json& object : list_at(stored, "objects"))
    graph.nodes.push_back({.title = object.is_string() ? object.get<std::string>() : "?",
                           .css = "graph-object",
                           .tooltip = "object"});
  const std::size_t objects = graph.nodes.size();
  for (const Json& attribute : list_at(stored, "attributes")) {
    const auto object = index_at(attribute, 0, objects);
    if (!object) continue;
    std::string& below = graph.nodes[*object].subtitle;
    below += (below.empty() ? "" : ", ") + text_at(attribute, 1);
  }
  for (const Json& relation : list_at(stored, "relations")) {
    const auto subject = index_at(relation, 0, objects);
    if (!subject) continue;
    const std::size_t node = graph.nodes.size();
    graph.nodes.push_back(
        {.title = text_at(relation, 1), .css = "graph-relation", .tooltip = "relation"});
    graph.edges.push_back({*subject, node, ""});
    if (const auto object = index_at(relation, 2, objects))
      graph.edges.push_back({node, *object, ""});
  }
  return graph;
}

// Empty when there is nothing to draw, or too much.
Result<std::string> drawn(const Api& api, const Json& record) {
  const Graph graph = graph_of(record.contains("graph") ? record["graph"] : Json());
  if (graph.nodes.empty() || graph.nodes.size() > kMostNodes) return std::string();
  return api.graphs.svg(graph);
}

// ---- what other artifacts know of the captions and pictures

struct Sources {
  std::vector<fs::path> records;     // folders with images.jsonl and captions.jsonl
  std::vector<fs::path> neighbours;  // folders with neighbours.jsonl
  std::vector<std::string> digests;  // of `records`
};

// The records that the captions are of; related pictures and captions of the same run.
Result<Sources> sources_of(const Api& api, RunReader& reader, const std::string& artifact,
                           const std::string& wanted_run) {
  Sources sources;
  auto task = UNIMO_TRY(reader.producer(artifact));
  if (!task) return sources;
  if (!wanted_run.empty()) {
    for (TaskRow& other : UNIMO_TRY(reader.tasks(wanted_run)))
      if (other.artifact == task->artifact) task = std::move(other);
  }
  for (const InputRow& input : UNIMO_TRY(reader.inputs(task->id))) {
    if (!input.source_task) continue;
    const TaskRow source = UNIMO_TRY(reader.task(*input.source_task));
    if (!source.artifact) continue;
    if (!UNIMO_TRY(has_file(reader.database(), *source.artifact, "images.jsonl"))) continue;
    sources.records.push_back(artifact_path(api.pool.paths(), *source.artifact));
    sources.digests.push_back(*source.artifact);
  }
  for (const TaskRow& other : UNIMO_TRY(reader.tasks(task->run))) {
    if (other.artifact &&
        UNIMO_TRY(has_file(reader.database(), *other.artifact, "neighbours.jsonl")))
      sources.neighbours.push_back(artifact_path(api.pool.paths(), *other.artifact));
  }
  return sources;
}

// Calls `each` with the objects of the file whose first member `key` is among `wanted`. Others are
// told by the beginning of their line and not read.
template <class Each>
void each_of(const fs::path& path, std::string_view key, const std::set<std::string>& wanted,
             Each each) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error || size > kMostBytes || wanted.empty()) return;
  std::set<std::string, std::less<>> beginnings;
  for (const std::string& id : wanted) beginnings.insert(Json(id).dump());
  const std::string start = fmt::format("{{\"{}\":", key);
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(start)) continue;
    const std::size_t comma = std::min(line.find("\",", start.size()), line.size() - 1);
    const auto value = std::string_view(line).substr(start.size(), comma + 1 - start.size());
    if (!beginnings.contains(value)) continue;
    const Json object = Json::parse(line, nullptr, false);
    if (object.is_object()) each(object);
  }
}

using Scored = std::vector<std::pair<std::string, double>>;
using Lists = std::map<std::string, Scored>;

Scored scored(const Json& object, const char* name) {
  Scored list;
  for (const Json& item : list_at(object, name)) {
    if (list.size() == kNeighbours) break;
    if (item.is_array() && item.size() == 2 && item[0].is_string() && item[1].is_number())
      list.emplace_back(item[0].get<std::string>(), item[1].get<double>());
  }
  return list;
}

class Surroundings {
 public:
  Surroundings(const Api& api, Sources sources) : sources_(std::move(sources)) {
    for (const fs::path& folder : sources_.records) {
      auto records = api.galleries.records(folder);
      records_.push_back(records ? *records : nullptr);
    }
  }

  // Reads what lies near these captions and their pictures.
  void find(const std::set<std::string>& captions, const std::set<std::string>& images) {
    for (const fs::path& folder : sources_.neighbours) {
      const fs::path path = folder / "neighbours.jsonl";
      each_of(path, "image", images, [&](const Json& object) {
        near_images_[object["image"].get<std::string>()] = scored(object, "images");
      });
      each_of(path, "caption", captions, [&](const Json& object) {
        if (object.contains("captions"))
          near_captions_[object["caption"].get<std::string>()] = scored(object, "captions");
      });
    }
    std::set<std::string> wanted;
    for (const auto& [caption, list] : near_captions_)
      for (const auto& [id, score] : list) wanted.insert(id);
    for (const fs::path& folder : sources_.records) {
      each_of(folder / "captions.jsonl", "id", wanted, [&](const Json& object) {
        if (object.contains("text") && object["text"].is_string())
          texts_[object["id"].get<std::string>()] = object["text"].get<std::string>();
      });
    }
  }

  // {"id", "src", "width", "height"}; null when no records have it.
  Json picture(const std::string& id) const {
    for (std::size_t i = 0; i < records_.size(); ++i) {
      if (records_[i] == nullptr) continue;
      const auto found = records_[i]->by_id.find(id);
      if (found == records_[i]->by_id.end()) continue;
      const GalleryImage& image = records_[i]->images[found->second];
      return {{"id", image.id},
              {"src", "/image/" + sources_.digests[i] + "/" + image.file},
              {"width", image.width},
              {"height", image.height},
              {"caption", image.captions.empty() ? "" : image.captions.front()}};
    }
    return nullptr;
  }

  Json near_pictures(const std::string& image) const {
    Json list = Json::array();
    const auto found = near_images_.find(image);
    if (found == near_images_.end()) return list;
    for (const auto& [id, score] : found->second) {
      Json one = picture(id);
      if (one.is_null()) one = {{"id", id}};
      one["score"] = score;
      list.push_back(std::move(one));
    }
    return list;
  }

  Json near_captions(const std::string& caption) const {
    Json list = Json::array();
    const auto found = near_captions_.find(caption);
    if (found == near_captions_.end()) return list;
    for (const auto& [id, score] : found->second) {
      const auto text = texts_.find(id);
      list.push_back(
          {{"id", id}, {"score", score}, {"text", text == texts_.end() ? id : text->second}});
    }
    return list;
  }

 private:
  Sources sources_;
  std::vector<std::shared_ptr<const GalleryRecords>> records_;  // null: not readable
  Lists near_images_, near_captions_;
  std::map<std::string, std::string> texts_;  // of near captions
};

// ---- the captions of one page

struct Window {
  std::int64_t offset = 0, limit = 0, unreadable = 0;
  std::vector<Json> rewrites, contrasts;  // their lines in both files
  bool more = false;
};

// Both files speak of the same captions in the same order.
Status read_window(const fs::path& folder, Window& window) {
  std::ifstream rewrites(folder / "rewrites.jsonl"), contrasts(folder / "contrasts.jsonl");
  if (!rewrites || !contrasts) {
    return fail(ErrorCode::kNotFound,
                "{}: rewrites.jsonl or contrasts.jsonl cannot be read; was it removed by garbage "
                "collection?",
                folder.string());
  }
  std::string one, other;
  for (std::int64_t at = 0; std::getline(rewrites, one) && std::getline(contrasts, other); ++at) {
    if (at < window.offset) continue;
    window.more = at >= window.offset + window.limit;
    if (window.more) break;
    Json record = Json::parse(one, nullptr, false), texts = Json::parse(other, nullptr, false);
    const bool fits = record.is_object() && texts.is_object() && record.contains("caption") &&
                      record["caption"].is_string() && texts.contains("caption") &&
                      record["caption"] == texts["caption"];
    if (fits) {
      window.rewrites.push_back(std::move(record));
      window.contrasts.push_back(std::move(texts));
    } else {
      ++window.unreadable;
    }
  }
  return ok();
}

std::string member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Json statistics_of(const fs::path& folder) {
  const auto statistics = read_json(folder / "statistics.json");
  Json kept = Json::object();
  for (const char* name : {"captions", "captions_without_rewrites", "rewrites", "refused"})
    if (statistics && statistics->is_object() && statistics->contains(name))
      kept[name] = (*statistics)[name];
  return kept;
}

}  // namespace

Result<Json> api_rewrites(const Api& api, const Request& request) {
  auto lease = UNIMO_TRY(api.pool.borrow());
  RunReader& reader = *lease;
  const ArtifactRow artifact = UNIMO_TRY(reader.find_artifact(request.param("artifact")));
  if (!UNIMO_TRY(has_file(reader.database(), artifact.digest, "rewrites.jsonl"))) {
    return fail(ErrorCode::kNotFound, "artifact {} holds no rewritten captions", artifact.digest);
  }
  const fs::path folder = artifact_path(api.pool.paths(), artifact.digest);
  Window window{.offset = UNIMO_TRY(request.number("offset", 0, 0, kFurthest)),
                .limit = UNIMO_TRY(request.number("limit", 5, 1, 20)),
                .rewrites = {},
                .contrasts = {}};
  UNIMO_TRY(read_window(folder, window));
  Surroundings around(api,
                      UNIMO_TRY(sources_of(api, reader, artifact.digest, request.param("run"))));
  std::set<std::string> captions, images;
  for (const Json& record : window.rewrites) {
    captions.insert(member(record, "caption"));
    images.insert(member(record, "image"));
  }
  around.find(captions, images);
  Json items = Json::array();
  for (std::size_t i = 0; i < window.rewrites.size(); ++i) {
    const Json& record = window.rewrites[i];
    items.push_back({{"caption", member(record, "caption")},
                     {"text", member(record, "text")},
                     {"image", around.picture(member(record, "image"))},
                     {"graph", UNIMO_TRY(drawn(api, record))},
                     {"words", list_at(window.contrasts[i], "word_negatives")},
                     {"phrases", list_at(window.contrasts[i], "phrase_negatives")},
                     {"near_images", around.near_pictures(member(record, "image"))},
                     {"near_captions", around.near_captions(member(record, "caption"))}});
  }
  return Json{{"artifact", artifact.digest},
              {"items", std::move(items)},
              {"offset", window.offset},
              {"more", window.more && window.offset + window.limit <= kFurthest},
              {"unreadable", window.unreadable},
              {"statistics", statistics_of(folder)}};
}

}  // namespace unimo::web
