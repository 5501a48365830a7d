#include "stages/ingest/corpora/flickr.h"

#include <algorithm>
#include <functional>
#include <map>

#include "orchestrator/base/file.h"
#include "stages/ingest/corpora/flickr_entities.h"
#include "stages/ingest/packed.h"
#include "stages/ingest/stream/archive_reader.h"
#include "stages/ingest/stream/line_reader.h"
#include "stages/ingest/text/text_check.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

// Of a packed part.
enum Kind : std::int64_t { kPicture, kCaption, kSentences, kSentencesAsCaptions, kBoxes };

constexpr std::int64_t kMaxMemberBytes = 4 << 20;  // of a sentences or boxes file; real: some KB
constexpr std::size_t kShownBytes = 40;

// "name.jpg#0<TAB>caption". `mended`: without the tab, as one line of the published file has it;
// then the number is one digit, because the pictures have five captions.
struct TokenLine {
  std::string name, id, text;
  bool mended = false;
};

bool parse_token_line(std::string_view line, TokenLine& token) {
  const auto tab = line.find('\t');
  token.mended = tab == std::string_view::npos;
  const auto hash = token.mended ? line.find(".jpg#") : line.substr(0, tab).rfind('#');
  if (hash == std::string_view::npos || hash == 0) return false;
  const std::size_t digits = token.mended ? hash + 5 : hash + 1;
  const std::size_t end = token.mended ? std::min(digits + 1, line.size()) : tab;
  const std::string_view number = line.substr(digits, end - digits);
  if (number.empty() || number.find_first_not_of("0123456789") != std::string_view::npos)
    return false;
  token.name = std::string(line.substr(0, digits - 1));
  token.id = std::string(line.substr(0, end));
  token.text = std::string(line.substr(token.mended ? end : end + 1));
  return true;
}

// One after the other in the order of their names, so that folders and archives give the same.
Status visit_files(const fs::path& path,
                   const std::function<Status(const std::string&, const std::string&)>& visit) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    return visit_archive(path, {.max_member_bytes = kMaxMemberBytes},
                         [&](const ArchiveMember& member, ByteSource& bytes) -> Status {
                           if (!member.name.ends_with(".txt") && !member.name.ends_with(".xml"))
                             return ok();
                           const auto text = UNIMO_TRY(read_all(bytes, kMaxMemberBytes));
                           return visit(member.name, text);
                         });
  }
  const auto files = UNIMO_TRY(list_files(path));
  for (const std::string& name : files) {
    if (!name.ends_with(".txt") && !name.ends_with(".xml")) continue;
    auto source = UNIMO_TRY(open_source(path / name, {}));
    const auto text = UNIMO_TRY(read_all(*source, kMaxMemberBytes));
    UNIMO_TRY(visit(name, text));
  }
  return ok();
}

std::string first_type(const EntityPhrase& phrase) { return phrase.types.front(); }

}  // namespace

// Everything that the files say of one name.
struct FlickrCorpus::Group {
  std::int64_t order = 0;
  std::string name;    // "1000092795.jpg"
  bool named = false;  // by a list, a Karpathy file or a caption
  PendingImage image;
  Json sentences = Json::array();
  bool has_sentences = false;                                   // a file of them was read
  std::map<std::string, std::vector<EntityPhrase>> phrases_of;  // by entity
  std::map<std::string, std::vector<std::string>> words_of;     // by entity, in order, each once
  std::vector<EntityObject> objects;
  std::string boxes_source;  // empty: no boxes were read
};

FlickrCorpus::FlickrCorpus(const fs::path& folder, Quarantine& quarantine)
    : quarantine_(quarantine), parts_(folder) {}

Status FlickrCorpus::read_tokens(const fs::path& path) {
  auto lines = UNIMO_TRY(LineReader::open(path, {}));
  for (LineReader::Line line; UNIMO_TRY(lines.next(line));) {
    if (!line.text.empty()) UNIMO_TRY(read_token(line.text, lines.place(line)));
  }
  return ok();
}

Status FlickrCorpus::read_token(std::string_view line, const std::string& source) {
  TokenLine token;
  if (!parse_token_line(line, token)) {
    quarantine_.saw(Item::kCaption);
    quarantine_.add(Item::kCaption,
                    {source, with_replacements(line.substr(0, kShownBytes)), "malformed_line",
                     "must be name.jpg#number, a tab, the caption"});
    return ok();
  }
  mended_lines_ += token.mended ? 1 : 0;
  return add_caption(token.name, {source, token.id, token.text});
}

Status FlickrCorpus::read_entities(const fs::path& path, bool captions) {
  bool any = false;
  UNIMO_TRY(visit_files(path, [&](const std::string& name, const std::string& bytes) {
    any = true;
    return take_member(name, bytes, captions);
  }));
  if (any) return ok();
  return fail(ErrorCode::kInvalid,
              "{}: neither Sentences/*.txt nor Annotations/*.xml; give the unpacked folders or the "
              "archives of Flickr30k Entities",
              path.string());
}

Status FlickrCorpus::take_member(std::string_view member, const std::string& bytes, bool captions) {
  const fs::path path(member);
  const std::string name = path.stem().string() + ".jpg";
  const bool boxes = path.extension() == ".xml";
  const Kind kind = boxes ? kBoxes : captions ? kSentencesAsCaptions : kSentences;
  Packer packer;
  packer.whole(kind).whole(order_++).text(name).text(path.filename().string()).text(bytes);
  return parts_.add(key_of(name), packer.take());
}

Status FlickrCorpus::add_picture(std::string_view name, std::string_view source) {
  Packer packer;
  packer.whole(kPicture).whole(order_++).text(name).text(source);
  return parts_.add(key_of(name), packer.take());
}

Status FlickrCorpus::add_caption(std::string_view name, const PendingCaption& caption) {
  if (!caption_ids_.insert(caption.id)) {
    quarantine_.saw(Item::kCaption);
    quarantine_.add(Item::kCaption, {caption.source, caption.id, "duplicate_caption",
                                     "this id stood before; the first counts"});
    return ok();
  }
  Packer packer;
  packer.whole(kCaption).whole(order_++).text(name).text(caption.source);
  packer.text(caption.id).text(caption.text);
  return parts_.add(key_of(name), packer.take());
}

// False when no part of the group says that there is such a picture.
bool FlickrCorpus::unpack(std::span<const std::string> parts, Group& group) {
  for (const std::string& part : parts) {
    PackedReader values(part);
    const std::int64_t kind = values.whole();
    const std::int64_t order = values.whole();
    group.name = values.text();
    const std::string source = values.text();
    if (kind == kSentences || kind == kSentencesAsCaptions) {
      take_sentences(group, source, values.text(), kind == kSentencesAsCaptions);
    } else if (kind == kBoxes) {
      take_boxes(group, source, values.text());
    } else if (kind == kCaption) {
      PendingCaption caption{.source = source};
      caption.id = values.text();
      caption.text = values.text();
      group.image.captions.push_back(std::move(caption));
    }
    const bool names = kind != kSentences && kind != kBoxes;
    if (!names || group.named) continue;
    group.named = true;
    group.order = order;
    group.image.source = source;
  }
  return group.named;
}

void FlickrCorpus::take_sentences(Group& group, const std::string& source, const std::string& text,
                                  bool captions) {
  if (group.has_sentences) {
    quarantine_.saw(Item::kCaption);
    quarantine_.add(Item::kCaption,
                    {source, group.name, "listed_twice",
                     "the sentences of this picture stood before; the first count"});
    return;
  }
  group.has_sentences = true;
  std::size_t begin = 0;
  for (std::int64_t number = 0; begin < text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    const std::string place = fmt::format("{}:{}", source, number + 1);
    const std::string id = fmt::format("{}#{}", group.name, number);
    const auto parsed = parse_entity_sentence(line);
    if (!parsed || !is_utf8(line)) {
      quarantine_.saw(Item::kCaption);
      quarantine_.add(Item::kCaption, {place, id, "malformed_markup",
                                       parsed ? "is not UTF-8" : parsed.error().message});
      continue;
    }
    if (parsed->text.empty()) continue;
    Json phrases = Json::array();
    for (const EntityPhrase& phrase : parsed->phrases) {
      phrases.push_back({{"entity", phrase.entity},
                         {"types", phrase.types},
                         {"begin", phrase.begin},
                         {"end", phrase.end}});
      group.phrases_of[phrase.entity].push_back(phrase);
      auto& words = group.words_of[phrase.entity];
      std::string said = parsed->text.substr(phrase.begin, phrase.end - phrase.begin);
      if (std::find(words.begin(), words.end(), said) == words.end())
        words.push_back(std::move(said));
    }
    group.sentences.push_back(
        {{"caption", id}, {"text", parsed->text}, {"phrases", std::move(phrases)}});
    if (captions) group.image.captions.push_back({place, id, parsed->text});
  }
}

void FlickrCorpus::take_boxes(Group& group, const std::string& source, const std::string& xml) {
  if (!group.boxes_source.empty()) {
    quarantine_.saw(Item::kRegion);
    quarantine_.add(Item::kRegion, {source, group.name, "listed_twice",
                                    "the boxes of this picture stood before; the first count"});
    return;
  }
  auto parsed = parse_entity_boxes(xml);
  if (!parsed) {
    quarantine_.saw(Item::kRegion);
    quarantine_.add(Item::kRegion, {source, group.name, "malformed_xml", parsed.error().message});
    return;
  }
  group.image.declared_width = parsed->width;
  group.image.declared_height = parsed->height;
  group.objects = std::move(parsed->objects);
  group.boxes_source = source;
}

void FlickrCorpus::refuse(const Group& group, const ImageFiles::Found& found) {
  quarantine_.saw(Item::kImage);
  quarantine_.add(Item::kImage, {group.image.source, group.name,
                                 found.missing() ? "missing_file" : "ambiguous_file",
                                 found.missing() ? group.name + " is in none of the picture folders"
                                                 : group.name + " could be " + found.other});
  for (const PendingCaption& caption : group.image.captions) {
    quarantine_.saw(Item::kCaption);
    quarantine_.add(Item::kCaption,
                    {caption.source, caption.id, "image_unusable", "its picture has no file"});
  }
  for (const PendingBox& box : group.image.boxes) {
    quarantine_.saw(Item::kRegion);
    quarantine_.add(Item::kRegion,
                    {box.source, box.id, "image_unusable", "its picture has no file"});
  }
}

// Boxes become regions: the label is the type of the entity, the attributes are what the captions
// call it.
void FlickrCorpus::make_regions(Group& group) {
  for (std::size_t i = 0; i < group.objects.size(); ++i) {
    const EntityObject& object = group.objects[i];
    if (!object.box) continue;
    for (const std::string& entity : object.entities) {
      const auto phrases = group.phrases_of.find(entity);
      const auto words = group.words_of.find(entity);
      const auto [x, y, width, height] = *object.box;
      group.image.boxes.push_back(
          {.source = fmt::format("{} object[{}]", group.boxes_source, i),
           .id = entity,
           .x = x,
           .y = y,
           .width = width,
           .height = height,
           .label = phrases == group.phrases_of.end() ? "other" : first_type(phrases->second[0]),
           .attributes =
               words == group.words_of.end() ? std::vector<std::string>() : words->second});
    }
  }
}

namespace {

// Also what has no box.
Json object_lines(const std::vector<EntityObject>& objects) {
  Json list = Json::array();
  for (const EntityObject& object : objects) {
    Json line = {{"entities", object.entities}};
    if (object.box) {
      const auto& [x, y, width, height] = *object.box;
      line["box"] = {x, y, x + width, y + height};
    }
    if (object.scene) line["scene"] = true;
    if (object.no_box) line["no_box"] = true;
    list.push_back(std::move(line));
  }
  return list;
}

}  // namespace

Status FlickrCorpus::pass_on(Group& group, PictureQueue& pictures, SideFile& entities) {
  const auto order = static_cast<std::uint64_t>(group.order);
  if (!group.sentences.empty() || !group.objects.empty()) {
    Json line = {{"image", group.image.id},
                 {"sentences", std::move(group.sentences)},
                 {"objects", object_lines(group.objects)}};
    if (group.image.declared_width > 0)
      line["size"] = {group.image.declared_width, group.image.declared_height};
    UNIMO_TRY(entities.add(order, group.image.id, line));
  }
  return pictures.add(order, group.image);
}

Status FlickrCorpus::resolve(const ImageFiles& files, const SplitTable& splits,
                             PictureQueue& pictures, SideFile& entities) {
  return parts_.visit([&](std::uint64_t, std::span<const std::string> parts) -> Status {
    Group group;
    if (!unpack(parts, group)) {
      quarantine_.saw(Item::kImage);
      quarantine_.add(Item::kImage, {"entities", group.name, "unknown_image",
                                     "Entities speak of it, but no caption or list does"});
      return ok();
    }
    group.image.id = fs::path(group.name).stem().string();
    if (!picture_ids_.insert(group.image.id)) group.image.id = group.name;  // a.jpg beside a.png
    group.image.split = splits.empty() ? "train" : splits.find(group.name);
    if (group.image.split.empty()) group.image.split = "unlabeled";
    make_regions(group);
    const auto found = files.find(group.name);
    if (found.path.empty()) {
      refuse(group, found);
      return ok();
    }
    group.image.path = found.path;
    return pass_on(group, pictures, entities);
  });
}

}  // namespace unimo::stages
