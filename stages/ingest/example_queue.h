// Examples in a given order, waiting outside memory until their pictures are written.
//
//   ExampleQueue examples(context.output());
//   UNIMO_TRY(examples.add(order, "questions.json questions[7]", example));
//   ... write_pictures ...
//   UNIMO_TRY(examples.visit([&](const std::string& source, ExampleRecord& example) { ... }));
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "orchestrator/base/result.h"
#include "stages/ingest/records.h"
#include "stages/ingest/spill_sort.h"

namespace unimo::stages {

class ExampleQueue {
 public:
  // `folder` holds the temporary file, which has no name there.
  explicit ExampleQueue(std::filesystem::path folder);

  // Examples of equal order come out as they went in. `source` is for the quarantine.
  Status add(std::uint64_t order, std::string_view source, const ExampleRecord& example);
  // Once, after the last add; an error of `visit` and a request to stop end the walk.
  Status visit(
      const std::function<Status(const std::string& source, ExampleRecord& example)>& visit);
  std::int64_t size() const { return items_.size(); }

 private:
  SpillSort items_;
};

}  // namespace unimo::stages
