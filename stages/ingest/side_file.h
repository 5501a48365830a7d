// A file of a records artifact beside the usual ones, with a line for each picture: scene graphs,
// phrases, labels. Lines wait outside memory until it is known which pictures were kept.
//
//   SideFile graphs(context.output(), "scene_graphs.jsonl");
//   UNIMO_TRY(graphs.add(order, image_id, {{"image", image_id}, ...}));
//   ... write_pictures ...
//   UNIMO_TRY(graphs.write(writer));
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "stages/ingest/spill_sort.h"

namespace unimo::stages {

class RecordsWriter;

class SideFile {
 public:
  // The file `name` in the artifact's `folder`.
  SideFile(std::filesystem::path folder, std::string name);

  Status add(std::uint64_t order, std::string_view image, const Json& line);

  // Once: the lines of the pictures that the writer has, by order; notes their number as "lines."
  // and the file's stem. Without such lines there is no file.
  Status write(RecordsWriter& writer);

 private:
  std::filesystem::path folder_;
  std::string name_;
  SpillSort lines_;
};

}  // namespace unimo::stages
