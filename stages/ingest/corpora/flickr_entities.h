// Flickr30k Entities: which words of a caption speak of which boxes.
//
//   [/EN#221796/people A girl] sits on [/EN#221799/other a ledge] .
//
// Sentences/ID.txt has the captions of a picture in this markup, one a line; Annotations/ID.xml the
// boxes of the numbers. Both formats as the data set's README describes them.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::stages {

struct EntityPhrase {
  std::string entity;              // "221796"; "0" marks what cannot be seen
  std::vector<std::string> types;  // people, clothing, bodyparts, animals, vehicles, instruments,
                                   // scene, other, notvisual
  std::size_t begin = 0, end = 0;  // bytes of the sentence's text
};

struct EntitySentence {
  std::string text;  // without markup, blanks tidied
  std::vector<EntityPhrase> phrases;
};

// kInvalid, naming the byte, when a bracket is not closed or a mark is broken. Brackets that do not
// begin with "[/EN#" are text.
Result<EntitySentence> parse_entity_sentence(std::string_view line);

struct EntityObject {
  std::vector<std::string> entities;         // numbers of those who share the box
  std::optional<std::array<double, 4>> box;  // x, y, width, height in pixels from 0
  bool scene = false;                        // the whole picture
  bool no_box = false;                       // not in the picture, or nobody could tell
};

struct EntityBoxes {
  int width = 0, height = 0;  // of the picture, 0 when the file does not say
  std::vector<EntityObject> objects;
};

// The files count pixels from 1 and include the last one, as Pascal VOC does. kInvalid, naming the
// line, when it is no well-formed XML, declares a document type (entities could grow without
// bound), nests deeper than such files do, or has a number that is none.
Result<EntityBoxes> parse_entity_boxes(std::string_view xml);

}  // namespace unimo::stages
