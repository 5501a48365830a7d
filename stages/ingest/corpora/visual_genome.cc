#include "stages/ingest/corpora/visual_genome.h"

#include <algorithm>
#include <array>
#include <optional>

#include "stages/ingest/corpora/visual_genome_parts.h"
#include "stages/ingest/json_values.h"
#include "stages/ingest/packed.h"
#include "stages/ingest/stream/json_stream.h"
#include "stages/ingest/text/text_check.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

// The first of the spellings that is there.
std::optional<std::int64_t> whole_of(JsonView object, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (const auto value = whole_at(object, key)) return value;
  }
  return std::nullopt;
}

std::optional<double> number_of(JsonView object, const char* key, const char* other) {
  const auto value = number_at(object, key);
  return value ? value : number_at(object, other);
}

std::optional<std::int64_t> image_number(JsonView object) {
  return whole_of(object, {"image_id", "id", "image"});
}

std::optional<std::int64_t> object_number(JsonView object) {
  return whole_of(object, {"object_id", "id"});
}

// Tidied, with something to read, each once.
void add_text(JsonView item, std::vector<std::string>& texts) {
  const auto raw = item.text();
  if (!raw) return;
  std::string text = tidy_blanks(*raw);
  if (has_word(text) && std::find(texts.begin(), texts.end(), text) == texts.end())
    texts.push_back(std::move(text));
}

void add_texts(JsonView list, std::vector<std::string>& texts) {
  for (const JsonView item : list.items()) add_text(item, texts);
}

std::vector<std::string> names_of(JsonView object) {
  std::vector<std::string> names;
  add_texts(object["names"], names);
  if (names.empty()) add_texts(object["object_names"], names);
  if (names.empty()) add_text(object["name"], names);
  return names;
}

std::vector<std::string> attributes_of(JsonView object) {
  std::vector<std::string> attributes;
  add_texts(object["attributes"], attributes);
  add_text(object["attribute"], attributes);
  return attributes;
}

std::vector<std::string> synsets_of(JsonView object) {
  std::vector<std::string> synsets;
  add_texts(object["synsets"], synsets);
  return synsets;
}

std::optional<std::array<double, 4>> box_of(JsonView item) {
  const auto x = number_at(item, "x");
  const auto y = number_at(item, "y");
  const auto width = number_of(item, "w", "width");
  const auto height = number_of(item, "h", "height");
  if (!x || !y || !width || !height) return std::nullopt;
  return std::array<double, 4>{*x, *y, *width, *height};
}

void pack_texts(Packer& packer, const std::vector<std::string>& texts) {
  packer.whole(static_cast<std::int64_t>(texts.size()));
  for (const std::string& text : texts) packer.text(text);
}

void pack_box(Packer& packer, const std::optional<std::array<double, 4>>& box) {
  packer.whole(box ? 1 : 0);
  if (!box) return;
  for (const double value : *box) packer.number(value);
}

}  // namespace

GenomeCorpus::GenomeCorpus(const fs::path& folder, Quarantine& quarantine)
    : quarantine_(quarantine), parts_(folder) {}

std::int64_t GenomeCorpus::open(const fs::path& path) {
  files_.push_back({path.filename().string()});
  return static_cast<std::int64_t>(files_.size()) - 1;
}

std::string GenomeCorpus::source_of(const Place& place, std::string_view list) const {
  const std::string& file = files_[static_cast<std::size_t>(place.file)].name;
  if (list.empty()) return fmt::format("{} [{}]", file, place.entry);
  return fmt::format("{} [{}] {}[{}]", file, place.entry, list, place.item);
}

std::string GenomeCorpus::source_of_object(const Place& place, std::int64_t kind) const {
  const bool graphs = files_[static_cast<std::size_t>(place.file)].scene_graphs;
  if (kind == kGraphObject) return source_of(place, "relationships");
  return source_of(place, kind == kAttributes && !graphs ? "attributes" : "objects");
}

Status GenomeCorpus::read_images(const fs::path& path) {
  const std::int64_t file = open(path);
  UNIMO_TRY(stream_json_views(path, {}, [&](const JsonPlace& at, JsonView item) {
    return read_image(item, {file, static_cast<std::int64_t>(at.index), 0});
  }));
  if (images_ > 0) return ok();
  return fail(ErrorCode::kInvalid,
              "{}: no pictures; image_data.json is a list of image_id, url, width, height",
              path.string());
}

Status GenomeCorpus::read_image(JsonView item, const Place& place) {
  const auto id = image_number(item);
  if (!id || *id < 0) {
    quarantine_.saw(Item::kImage);
    quarantine_.add(Item::kImage, {source_of(place, ""), shown_at(item, "image_id"),
                                   "malformed_image", unlike("a whole number image_id", item)});
    return ok();
  }
  if (!image_ids_.insert(std::to_string(*id))) {
    quarantine_.saw(Item::kImage);
    quarantine_.add(Item::kImage, {source_of(place, ""), fmt::format("vg{}", *id),
                                   "duplicate_image", "this id stood before; the first counts"});
    return ok();
  }
  std::string name = fs::path(text_at(item, "url").value_or("")).filename().string();
  if (name.empty()) name = fmt::format("{}.jpg", *id);
  Packer packer;
  packer.whole(kImage).whole(place.file).whole(place.entry).whole(0).whole(images_++);
  packer.whole(whole_at(item, "coco_id").value_or(-1));
  packer.whole(whole_at(item, "flickr_id").value_or(-1)).text(name);
  packer.whole(side_at(item, "width")).whole(side_at(item, "height"));
  return parts_.add(static_cast<std::uint64_t>(*id), packer.take());
}

// Entries with an image id and these lists; others go to the quarantine, unless the file begins
// with one.
Status GenomeCorpus::read_entries(const fs::path& path, std::span<const char* const> lists,
                                  const TakeEntry& take) {
  const std::int64_t file = static_cast<std::int64_t>(files_.size()) - 1;
  std::string needed = "an image id";
  for (const char* list : lists) needed += fmt::format(" and a list \"{}\"", list);
  bool any = false;
  const auto visit = [&](const JsonPlace& at, JsonView entry) -> Status {
    const Place place{file, static_cast<std::int64_t>(at.index), 0};
    const auto id = image_number(entry);
    const bool whole = std::all_of(lists.begin(), lists.end(),
                                   [&](const char* list) { return entry[list].is_list(); });
    if (id && *id >= 0 && whole) {
      any = true;
      Packer packer;
      packer.whole(kEntry).whole(place.file).whole(place.entry).whole(0);
      UNIMO_TRY(parts_.add(static_cast<std::uint64_t>(*id), packer.take()));
      return take(entry, place, *id);
    }
    if (!any) {
      return fail(ErrorCode::kInvalid, "{}: entry {} {}; is this the right file?", path.string(),
                  at.index, unlike(needed, entry));
    }
    quarantine_.saw(Item::kImage);
    quarantine_.add(Item::kImage, {source_of(place, ""), shown_at(entry, "image_id"),
                                   "malformed_entry", unlike(needed, entry)});
    return ok();
  };
  UNIMO_TRY(stream_json_views(path, {}, visit));
  if (any) return ok();
  return fail(ErrorCode::kInvalid, "{}: no entries; each needs {}", path.string(), needed);
}

Status GenomeCorpus::read_lists(const fs::path& path, const char* list, Take take) {
  open(path);
  return read_entries(path, {&list, 1},
                      [&](JsonView entry, const Place& place, std::int64_t image) {
                        return take_list(entry, place, image, list, take);
                      });
}

Status GenomeCorpus::take_list(JsonView entry, Place place, std::int64_t image, const char* list,
                               Take take) {
  for (const JsonView item : entry[list].items()) {
    UNIMO_TRY((this->*take)(image, item, place));
    ++place.item;
  }
  return ok();
}

Status GenomeCorpus::read_objects(const fs::path& path) {
  return read_lists(path, "objects", &GenomeCorpus::take_object);
}

Status GenomeCorpus::read_attributes(const fs::path& path) {
  return read_lists(path, "attributes", &GenomeCorpus::take_attributes);
}

Status GenomeCorpus::read_regions(const fs::path& path) {
  return read_lists(path, "regions", &GenomeCorpus::take_phrase);
}

Status GenomeCorpus::read_relationships(const fs::path& path) {
  graphs_ = true;
  return read_lists(path, "relationships", &GenomeCorpus::take_relation);
}

Status GenomeCorpus::read_questions(const fs::path& path) {
  return read_lists(path, "qas", &GenomeCorpus::take_question);
}

Status GenomeCorpus::read_scene_graphs(const fs::path& path) {
  graphs_ = true;
  open(path);
  files_.back().scene_graphs = true;
  constexpr std::array kLists{"objects", "relationships"};
  return read_entries(
      path, kLists, [&](JsonView entry, const Place& place, std::int64_t image) -> Status {
        UNIMO_TRY(take_list(entry, place, image, kLists[0], &GenomeCorpus::take_attributes));
        return take_list(entry, place, image, kLists[1], &GenomeCorpus::take_relation);
      });
}

Status GenomeCorpus::take_object(std::int64_t image, JsonView item, const Place& place) {
  return add_object(kObject, image, item, place);
}

Status GenomeCorpus::take_attributes(std::int64_t image, JsonView item, const Place& place) {
  return add_object(kAttributes, image, item, place);
}

Status GenomeCorpus::add_object(std::int64_t kind, std::int64_t image, JsonView item,
                                const Place& place) {
  const auto id = object_number(item);
  const auto names = names_of(item);
  const auto box = box_of(item);
  // An attributes entry may lean on the box and name of its object; with none, join_object says so.
  const bool complete = !names.empty() && box;
  if (!id || (kind == kObject && !complete)) {
    quarantine_.saw(Item::kRegion);
    quarantine_.add(Item::kRegion,
                    {source_of_object(place, kind), id ? std::to_string(*id) : std::string(),
                     "malformed_box", unlike("object_id, names and numbers x, y, w, h", item)});
    return ok();
  }
  Packer packer;
  packer.whole(kind).whole(place.file).whole(place.entry).whole(place.item).whole(*id);
  pack_box(packer, box);
  pack_texts(packer, names);
  pack_texts(packer, attributes_of(item));
  pack_texts(packer, synsets_of(item));
  return parts_.add(static_cast<std::uint64_t>(image), packer.take());
}

Status GenomeCorpus::take_phrase(std::int64_t image, JsonView item, const Place& place) {
  const auto id = whole_of(item, {"region_id", "id"});
  const auto phrase = text_at(item, "phrase");
  if (!id || !phrase) {
    quarantine_.saw(Item::kCaption);
    quarantine_.add(Item::kCaption,
                    {source_of(place, "regions"), id ? std::to_string(*id) : std::string(),
                     "malformed_caption", unlike("region_id and a text phrase", item)});
    return ok();
  }
  Packer packer;
  packer.whole(kPhrase).whole(place.file).whole(place.entry).whole(place.item).whole(*id);
  packer.text(tidy_blanks(*phrase));
  pack_box(packer, box_of(item));
  return parts_.add(static_cast<std::uint64_t>(image), packer.take());
}

Status GenomeCorpus::take_relation(std::int64_t image, JsonView item, const Place& place) {
  const auto id = whole_of(item, {"relationship_id", "id"});
  const auto predicate = text_at(item, "predicate");
  std::array<std::optional<std::int64_t>, 2> ends;
  constexpr std::array<std::pair<const char*, const char*>, 2> kEnds{
      {{"subject", "subject_id"}, {"object", "object_id"}}};
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const JsonView embedded = item[kEnds[i].first];
    ends[i] = embedded.is_object() ? object_number(embedded) : whole_at(item, kEnds[i].second);
    if (embedded.is_object() && ends[i])
      UNIMO_TRY(add_object(kGraphObject, image, embedded, place));
  }
  if (!id || !predicate || !ends[0] || !ends[1]) {
    quarantine_.saw(Item::kRegion);
    quarantine_.add(
        Item::kRegion,
        {source_of(place, "relationships"), id ? std::to_string(*id) : std::string(),
         "malformed_relation", unlike("relationship_id, predicate, subject and object", item)});
    return ok();
  }
  Packer packer;
  packer.whole(kRelation).whole(place.file).whole(place.entry).whole(place.item).whole(*id);
  packer.whole(*ends[0]).whole(*ends[1]).text(tidy_blanks(*predicate));
  pack_texts(packer, synsets_of(item));
  return parts_.add(static_cast<std::uint64_t>(image), packer.take());
}

Status GenomeCorpus::take_question(std::int64_t image, JsonView item, const Place& place) {
  const auto id = whole_of(item, {"qa_id", "id"});
  const std::string question = tidy_blanks(text_at(item, "question").value_or(""));
  const std::string answer = tidy_blanks(text_at(item, "answer").value_or(""));
  const bool readable = has_word(question) && has_word(answer);
  if (!id || !readable || has_replacement(question) || has_replacement(answer)) {
    quarantine_.saw(Item::kExample);
    quarantine_.add(Item::kExample,
                    {source_of(place, "qas"), id ? std::to_string(*id) : std::string(),
                     readable && id ? "invalid_utf8" : "malformed_question",
                     unlike("qa_id and texts question and answer", item)});
    return ok();
  }
  Packer packer;
  packer.whole(kQuestion).whole(place.file).whole(place.entry).whole(place.item).whole(*id);
  return parts_.add(static_cast<std::uint64_t>(image), packer.text(question).text(answer).take());
}

}  // namespace unimo::stages
