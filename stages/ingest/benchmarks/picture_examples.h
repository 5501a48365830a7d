// Examples about pictures: the pictures are written first, then the examples whose picture is
// there.
//
// The pictures come from folders (input images), or stay in other records artifacts (input records)
// that the examples then refer to. With neither, examples name pictures that nobody checks.
//
//   PictureExamples examples(context, quarantine);
//   UNIMO_TRY(examples.add(order, {.source = "questions.json questions[7]", .example = example,
//                                  .file_name = "COCO_val2014_000000000042.jpg", .number = 42}));
//   UNIMO_TRY(examples.write(params.pictures, params.max_examples, writer, finish));
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "orchestrator/base/result.h"
#include "stages/ingest/example_queue.h"
#include "stages/ingest/group_sort.h"
#include "stages/ingest/quarantine.h"
#include "stages/ingest/records.h"
#include "stages/schema/ingest.h"

namespace unimo {
class StageContext;
}

namespace unimo::stages {

struct PictureExample {
  std::string source;        // for the quarantine
  ExampleRecord example;     // `image` is the id of its picture
  std::string file_name;     // of the picture
  std::int64_t number = -1;  // a file whose name ends in these digits will do; -1: none
};

class PictureExamples {
 public:
  PictureExamples(StageContext& context, Quarantine& quarantine);

  // Examples of equal order are written in the order of adding.
  Status add(std::uint64_t order, const PictureExample& item);

  // Once. `finish` may complete an example just before it is written. At most `max_examples` of
  // each split (0: all); the others are noted as skipped.max_examples. Reasons of the quarantine:
  // image_unusable (its picture is not there), duplicate_example.
  Status write(const PictureIngest& params, std::int64_t max_examples, RecordsWriter& writer,
               const std::function<Status(ExampleRecord& example)>& finish);

 private:
  Status write_pictures_of_examples(const PictureIngest& params, RecordsWriter& writer);
  Result<IdTable> ids_of_records() const;

  StageContext& context_;
  Quarantine& quarantine_;
  ExampleQueue examples_;
  GroupSort pictures_;
};

}  // namespace unimo::stages
