// Inside GenomeCorpus: how what the files say of a picture lies in the sort between reading
// (visual_genome.cc) and joining (visual_genome_join.cc).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "stages/ingest/corpora/visual_genome.h"
#include "stages/ingest/id_table.h"

namespace unimo::stages {

// Of a packed part.
enum GenomePart : std::int64_t {
  kImage,
  kEntry,        // a file has an entry for the picture
  kObject,       // becomes a region
  kAttributes,   // joins its object
  kGraphObject,  // is in the scene graph alone
  kPhrase,
  kRelation,
  kQuestion
};

struct GenomeCorpus::Object {
  std::string source;
  std::int64_t id = 0;
  std::optional<std::array<double, 4>> box;
  std::vector<std::string> names, attributes, synsets;
  bool region = false;  // of the objects or attributes file, not of a relation
};

struct GenomeCorpus::Relation {
  std::string source;
  std::int64_t id = 0, subject = 0, object = 0;
  std::string predicate;
  std::vector<std::string> synsets;
};

// Everything that the files say of one picture.
struct GenomeCorpus::Group {
  struct Question {
    std::string source, question, answer;
    std::int64_t id = 0;
  };
  std::int64_t number = 0, order = 0, coco_id = -1;
  bool known = false;
  std::string file_name;
  PendingImage image;
  std::vector<std::string> entries;  // sources of the entries of other files
  std::vector<Object> objects;
  std::unordered_map<std::int64_t, std::size_t> object_of;  // by number, into objects
  std::vector<Relation> relations;
  std::vector<Question> questions;
  IdTable phrases;                   // by their words
  std::set<std::string> phrase_ids;  // of the captions
  std::set<std::int64_t> relation_ids;
};

}  // namespace unimo::stages
