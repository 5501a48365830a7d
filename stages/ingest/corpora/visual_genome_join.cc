#include <algorithm>

#include "stages/ingest/corpora/visual_genome.h"
#include "stages/ingest/corpora/visual_genome_parts.h"
#include "stages/ingest/packed.h"

namespace unimo::stages {

namespace {

std::vector<std::string> unpack_texts(PackedReader& values) {
  std::vector<std::string> texts;
  for (std::int64_t left = values.whole(); left > 0; --left) texts.push_back(values.text());
  return texts;
}

std::optional<std::array<double, 4>> unpack_box(PackedReader& values) {
  if (values.whole() == 0) return std::nullopt;
  std::array<double, 4> box{};
  for (double& value : box) value = values.number();
  return box;
}

// Adds what is not there yet.
void unite(std::vector<std::string>& texts, const std::vector<std::string>& more) {
  for (const std::string& text : more) {
    if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(text);
  }
}

}  // namespace

void GenomeCorpus::join_object(Group& group, Object object, std::int64_t kind) {
  const auto [place, fresh] = group.object_of.emplace(object.id, group.objects.size());
  const bool complete = !object.names.empty() && object.box;
  object.region = kind != kGraphObject;
  if (fresh) {
    if (complete) return group.objects.push_back(std::move(object));
    group.object_of.erase(place);
    quarantine_.saw(Item::kRegion);
    quarantine_.add(Item::kRegion, {object.source, std::to_string(object.id), "malformed_box",
                                    "neither it nor its object has a name and x, y, w, h"});
    return;
  }
  Object& known = group.objects[place->second];
  if (kind == kObject && known.region) {
    quarantine_.saw(Item::kRegion);
    quarantine_.add(Item::kRegion, {object.source, std::to_string(object.id), "duplicate_box",
                                    "this object stood before; the first counts"});
    return;
  }
  unite(known.attributes, object.attributes);
  unite(known.synsets, object.synsets);
  // Until now it was known from a relation alone: the objects' own file knows better.
  if (known.region || !object.region || !complete) return;
  known.region = true;
  known.source = std::move(object.source);
  known.box = object.box;
  known.names = std::move(object.names);
}

void GenomeCorpus::join_phrase(Group& group, PendingCaption caption, std::int64_t phrases) {
  const auto count = static_cast<std::int64_t>(group.image.captions.size());
  if (phrases > 0 && count >= phrases) return;
  // People wrote "the sky is blue" several times for one picture.
  if (!group.phrases.insert(caption.text)) {
    ++repeated_phrases_;
    return;
  }
  if (!group.phrase_ids.insert(caption.id).second) {
    quarantine_.saw(Item::kCaption);
    quarantine_.add(Item::kCaption, {caption.source, caption.id, "duplicate_caption",
                                     "this id stood before; the first counts"});
    return;
  }
  group.image.captions.push_back(std::move(caption));
}

void GenomeCorpus::join_relation(Group& group, Relation relation) {
  if (group.relation_ids.insert(relation.id).second)
    group.relations.push_back(std::move(relation));
  else
    ++repeated_relations_;
}

void GenomeCorpus::unpack(std::span<const std::string> parts, std::int64_t phrases, Group& group) {
  for (const std::string& part : parts) {
    PackedReader values(part);
    const std::int64_t kind = values.whole();
    Place place;
    place.file = values.whole();
    place.entry = values.whole();
    place.item = values.whole();
    if (kind == kEntry) {
      group.entries.push_back(source_of(place, ""));
    } else if (kind == kImage) {
      group.known = true;
      group.order = values.whole();
      group.coco_id = values.whole();
      if (group.coco_id >= 0) group.image.same_as.push_back(fmt::format("coco:{}", group.coco_id));
      if (const std::int64_t photo = values.whole(); photo >= 0)
        group.image.same_as.push_back(fmt::format("flickr:{}", photo));
      group.file_name = values.text();
      group.image.source = source_of(place, "");
      group.image.declared_width = static_cast<int>(values.whole());
      group.image.declared_height = static_cast<int>(values.whole());
    } else if (kind == kPhrase) {
      PendingCaption caption{.source = source_of(place, "regions")};
      caption.id = fmt::format("{}#{}", group.image.id, values.whole());
      caption.text = values.text();
      caption.box = unpack_box(values);
      join_phrase(group, std::move(caption), phrases);
    } else if (kind == kRelation) {
      Relation relation{.source = source_of(place, "relationships"), .id = values.whole()};
      relation.subject = values.whole();
      relation.object = values.whole();
      relation.predicate = values.text();
      relation.synsets = unpack_texts(values);
      join_relation(group, std::move(relation));
    } else if (kind == kQuestion) {
      Group::Question question{.source = source_of(place, "qas")};
      question.id = values.whole();
      question.question = values.text();
      question.answer = values.text();
      group.questions.push_back(std::move(question));
    } else {
      Object object{.source = source_of_object(place, kind), .id = values.whole()};
      object.box = unpack_box(values);
      object.names = unpack_texts(values);
      object.attributes = unpack_texts(values);
      object.synsets = unpack_texts(values);
      join_object(group, std::move(object), kind);
    }
  }
}

void GenomeCorpus::refuse(const Group& group, const ImageFiles::Found& found) {
  const PendingImage& one = group.image;
  quarantine_.saw(Item::kImage);
  quarantine_.add(Item::kImage,
                  {one.source, one.id, found.missing() ? "missing_file" : "ambiguous_file",
                   found.missing() ? group.file_name + " is in none of the picture folders"
                                   : group.file_name + " could be " + found.other});
  quarantine_.saw(Item::kCaption, static_cast<std::int64_t>(one.captions.size()));
  for (const PendingCaption& caption : one.captions) {
    quarantine_.add(Item::kCaption,
                    {caption.source, caption.id, "image_unusable", "its picture has no file"});
  }
  for (const Object& object : group.objects) {
    if (!object.region) continue;
    quarantine_.saw(Item::kRegion);
    quarantine_.add(Item::kRegion, {object.source, std::to_string(object.id), "image_unusable",
                                    "its picture has no file"});
  }
}

namespace {

// Boxes are those of the files: not clipped, in pixels of the picture as they declare it.
template <class Object, class Relation>
Json graph_line(const PendingImage& image, const std::vector<Object>& objects,
                const std::vector<Relation>& relations) {
  Json line = {{"image", image.id}, {"objects", Json::array()}, {"relations", Json::array()}};
  if (image.declared_width > 0) line["size"] = {image.declared_width, image.declared_height};
  for (const Object& object : objects) {
    const auto& [x, y, width, height] = *object.box;
    line["objects"].push_back({{"id", object.id},
                               {"names", object.names},
                               {"attributes", object.attributes},
                               {"synsets", object.synsets},
                               {"box", {x, y, x + width, y + height}}});
  }
  for (const Relation& relation : relations) {
    line["relations"].push_back({{"id", relation.id},
                                 {"predicate", relation.predicate},
                                 {"subject", relation.subject},
                                 {"object", relation.object},
                                 {"synsets", relation.synsets}});
  }
  return line;
}

}  // namespace

Status GenomeCorpus::add_questions(const Group& group, ExampleQueue& questions) {
  const auto order = static_cast<std::uint64_t>(group.order);
  for (const Group::Question& question : group.questions) {
    ExampleRecord example{.id = fmt::format("vg_qa#{}", question.id), .image = group.image.id};
    example.split = group.image.split;
    example.parts["question"] = question.question;
    example.targets = {question.answer};
    example.extra["task"] = "vg_qa";
    UNIMO_TRY(questions.add(order, question.source, example));
  }
  return ok();
}

// An end of a relation that is no object would dangle.
std::vector<GenomeCorpus::Relation> GenomeCorpus::whole_relations(Group& group) {
  std::vector<Relation> relations;
  for (Relation& relation : group.relations) {
    if (group.object_of.contains(relation.subject) && group.object_of.contains(relation.object)) {
      relations.push_back(std::move(relation));
      continue;
    }
    quarantine_.saw(Item::kRegion);
    quarantine_.add(Item::kRegion,
                    {relation.source, std::to_string(relation.id), "unknown_object",
                     fmt::format("subject {} or object {} is none of the objects of picture {}",
                                 relation.subject, relation.object, group.image.id)});
  }
  return relations;
}

Status GenomeCorpus::pass_on(Group& group, GenomeOutputs outputs) {
  PendingImage& one = group.image;
  const auto order = static_cast<std::uint64_t>(group.order);
  const std::vector<Relation> relations = whole_relations(group);
  if (graphs_ && (!group.objects.empty() || !relations.empty())) {
    UNIMO_TRY(outputs.graphs.add(order, one.id, graph_line(one, group.objects, relations)));
  }
  for (Object& object : group.objects) {
    if (!object.region) continue;
    const auto& [x, y, width, height] = *object.box;
    one.boxes.push_back({.source = std::move(object.source),
                         .id = std::to_string(object.id),
                         .x = x,
                         .y = y,
                         .width = width,
                         .height = height,
                         .label = object.names.front(),
                         .attributes = std::move(object.attributes)});
  }
  return outputs.pictures.add(order, one);
}

Status GenomeCorpus::resolve(const ImageFiles& files, const SplitTable& splits,
                             const SplitTable& exclude, std::int64_t phrases,
                             GenomeOutputs outputs) {
  return parts_.visit([&](std::uint64_t key, std::span<const std::string> parts) -> Status {
    Group group;
    group.number = static_cast<std::int64_t>(key);
    group.image.id = fmt::format("vg{}", key);
    unpack(parts, phrases, group);
    if (!group.known) {
      for (const std::string& entry : group.entries) {
        quarantine_.saw(Item::kImage);
        quarantine_.add(Item::kImage,
                        {entry, group.image.id, "unknown_image", "not in image_data.json"});
      }
      return ok();
    }
    const std::string tested =
        group.coco_id < 0 ? std::string() : exclude.find(std::to_string(group.coco_id));
    if (tested == "val" || tested == "test") {
      ++excluded_;
      return ok();
    }
    group.image.split = splits.empty() ? "train" : splits.find(std::to_string(group.number));
    if (group.image.split.empty()) group.image.split = "unlabeled";
    // Those of pictures that turn out to be unusable are counted when they are written.
    UNIMO_TRY(add_questions(group, outputs.questions));
    // Not by its number: COCO's pictures, which may lie beside, have the same ones.
    const auto found = files.find(group.file_name);
    if (found.path.empty()) {
      refuse(group, found);
      return ok();
    }
    group.image.path = found.path;
    return pass_on(group, outputs);
  });
}

}  // namespace unimo::stages
