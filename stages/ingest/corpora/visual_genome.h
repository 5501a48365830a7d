// Visual Genome's JSON files (versions 1.0 to 1.4, whose spellings differ) to pending pictures,
// scene graphs and questions, outside memory.
//
// Spellings understood: image_id, id, image; object_id, id; names, name, object_names; w, width; h,
// height; region_id, id; relationship_id, id; subject and object as objects or as subject_id and
// object_id; qa_id, id.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/ingest/assemble.h"
#include "stages/ingest/corpora/karpathy.h"
#include "stages/ingest/example_queue.h"
#include "stages/ingest/group_sort.h"
#include "stages/ingest/id_table.h"
#include "stages/ingest/image_files.h"
#include "stages/ingest/picture_queue.h"
#include "stages/ingest/side_file.h"
#include "stages/ingest/stream/json_view.h"

namespace unimo::stages {

// Where resolve puts what it has brought together.
struct GenomeOutputs {
  PictureQueue& pictures;
  SideFile& graphs;
  ExampleQueue& questions;
};

// read_* in any order, then resolve, once.
class GenomeCorpus {
 public:
  // `folder` holds temporary files, which have no name there.
  GenomeCorpus(const std::filesystem::path& folder, Quarantine& quarantine);

  Status read_images(const std::filesystem::path& path);
  Status read_objects(const std::filesystem::path& path);
  // Adds to the objects of the same number; an object that stands here alone joins them.
  Status read_attributes(const std::filesystem::path& path);
  // Phrases become captions with their box.
  Status read_regions(const std::filesystem::path& path);
  Status read_relationships(const std::filesystem::path& path);
  // Objects with attributes, and relations between their numbers.
  Status read_scene_graphs(const std::filesystem::path& path);
  Status read_questions(const std::filesystem::path& path);

  // Pictures in the order of image_data.json; ids are "vg" and the number. Pictures whose coco_id
  // is in the val or test part of `exclude` are left out and counted. At most `phrases` different
  // phrases a picture (0: all).
  Status resolve(const ImageFiles& files, const SplitTable& splits, const SplitTable& exclude,
                 std::int64_t phrases, GenomeOutputs outputs);

  std::int64_t excluded() const { return excluded_; }
  // Phrases that a picture has already, word for word; they are left out.
  std::int64_t repeated_phrases() const { return repeated_phrases_; }
  // Relations whose number a picture has already: relationships.json and scene_graphs.json have the
  // same ones; they are left out.
  std::int64_t repeated_relations() const { return repeated_relations_; }

 private:
  struct Place {
    std::int64_t file = 0, entry = 0, item = 0;
  };
  struct File {
    std::string name;
    bool scene_graphs = false;  // objects with attributes and relations in one
  };
  struct Object;
  struct Relation;
  struct Group;
  using Take = Status (GenomeCorpus::*)(std::int64_t image, JsonView item, const Place& place);

  std::int64_t open(const std::filesystem::path& path);
  std::string source_of(const Place& place, std::string_view list) const;
  // Of an object: in the list that has objects of its kind in its file.
  std::string source_of_object(const Place& place, std::int64_t kind) const;
  Status read_image(JsonView item, const Place& place);
  using TakeEntry = std::function<Status(JsonView entry, const Place& place, std::int64_t image)>;
  Status read_entries(const std::filesystem::path& path, std::span<const char* const> lists,
                      const TakeEntry& take);
  Status read_lists(const std::filesystem::path& path, const char* list, Take take);
  Status take_list(JsonView entry, Place place, std::int64_t image, const char* list, Take take);
  Status take_object(std::int64_t image, JsonView item, const Place& place);
  Status take_attributes(std::int64_t image, JsonView item, const Place& place);
  Status add_object(std::int64_t kind, std::int64_t image, JsonView item, const Place& place);
  Status take_phrase(std::int64_t image, JsonView item, const Place& place);
  Status take_relation(std::int64_t image, JsonView item, const Place& place);
  Status take_question(std::int64_t image, JsonView item, const Place& place);

  void unpack(std::span<const std::string> parts, std::int64_t phrases, Group& group);
  void join_object(Group& group, Object object, std::int64_t kind);
  void join_phrase(Group& group, PendingCaption caption, std::int64_t phrases);
  void join_relation(Group& group, Relation relation);
  void refuse(const Group& group, const ImageFiles::Found& found);
  Status add_questions(const Group& group, ExampleQueue& questions);
  std::vector<Relation> whole_relations(Group& group);
  Status pass_on(Group& group, GenomeOutputs outputs);

  Quarantine& quarantine_;
  GroupSort parts_;
  std::vector<File> files_;
  IdTable image_ids_;
  bool graphs_ = false;  // relations or scene graphs were read
  std::int64_t images_ = 0, excluded_ = 0, repeated_phrases_ = 0, repeated_relations_ = 0;
};

}  // namespace unimo::stages
