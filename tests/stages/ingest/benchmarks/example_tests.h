// Runs the reader of a text benchmark and looks at what came out.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "orchestrator/base/json.h"
#include "stages/ingest/benchmarks/benchmarks.h"
#include "stages/ingest/records.h"
#include "stages/schema/text_benchmarks.h"
#include "tests/stages/ingest/quarantined.h"
#include "tests/stages/stage_bench.h"

namespace unimo::stages {

class ExampleBench : public StageBench {
 public:
  // Writes a file and gives it to an input.
  void give(const std::string& input_name, const std::string& name, std::string_view bytes) {
    write(name, bytes);
    input(input_name, name);
  }

  std::vector<ExampleRecord> examples() const {
    std::vector<ExampleRecord> all;
    const Status walked = visit_examples(output(), [&](ExampleRecord& example) {
      all.push_back(std::move(example));
      return ok();
    });
    EXPECT_TRUE(walked) << walked.error().message;
    return all;
  }

  // The example of this id; one without an id when there is none.
  ExampleRecord example(std::string_view id) const {
    for (ExampleRecord& item : examples()) {
      if (item.id == id) return item;
    }
    ADD_FAILURE() << "no example " << id;
    return {};
  }

  // "place reason" of each entry of the quarantine.
  std::vector<std::string> quarantined() const {
    std::vector<std::string> lines;
    if (!std::filesystem::exists(output() / "quarantine.jsonl")) return lines;
    const auto entries = read_lines(output() / "quarantine.jsonl").value();
    for (const std::string& entry : entries) {
      const Json item = parse_json(entry, "quarantine").value();
      lines.push_back(item["source"].get<std::string>() + " " + item["reason"].get<std::string>());
    }
    return lines;
  }

  Json statistics() const { return read_json(output() / "statistics.json").value(); }
};

// Tests that look at what goes into the quarantine allow everything there.
inline TextBenchmarkIngest lenient() { return {.max_bad_share = 1}; }

}  // namespace unimo::stages
