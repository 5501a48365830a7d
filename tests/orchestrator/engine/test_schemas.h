// Stage kinds for the engine's tests, known to the fake runner and to the program engine_test_stage
// alike.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/engine/schema_table.h"

namespace unimo::test {

struct OptimizerParams {
  double lr = 0.1;
  int warmup = 3;
};
template <class V>
void visit(V& v, OptimizerParams& c) {
  v.field("lr", c.lr, positive(), "rate");
  v.field("warmup", c.warmup, not_negative(), "steps");
}

struct TestParams {
  std::string text;
  int size = 1;
  int steps = 0;        // reported as metrics, one checkpoint each
  int sleep_ms = 0;     // between steps
  std::string trouble;  // what goes wrong
  OptimizerParams optimizer;
};
template <class V>
void visit(V& v, TestParams& c) {
  v.field("text", c.text, "goes into the output");
  v.field("size", c.size, between(0, 1000), "goes into the output");
  v.field("steps", c.steps, not_negative(), "metrics reported");
  v.field("sleep_ms", c.sleep_ms, not_negative(), "between steps");
  v.field("trouble", c.trouble, "what goes wrong");
  v.field("optimizer", c.optimizer, "nested");
}

// `version` is that of the kind "make".
inline SchemaTable schema_table(int version = 1) {
  static std::vector<StageSchema> schemas = [] {
    std::vector<StageSchema> list;
    list.push_back(schema_for<TestParams>("make", "makes a file out of nothing"));
    list.push_back(schema_for<TestParams>("use", "takes one artifact"));
    list.back().inputs = {{"from", true, false, "what it takes"}};
    list.push_back(schema_for<TestParams>("join", "takes any number"));
    list.back().inputs = {{"from", true, true, "what it takes"},
                          {"more", false, true, "more of it"}};
    list.push_back(schema_for<TestParams>("split", "works in shards"));
    list.back().inputs = {{"from", false, false, "what it takes"}};
    list.back().shardable = true;
    list.push_back(schema_for<TestParams>("gpu", "needs a GPU"));
    list.back().resources.gpus = 1;
    list.push_back(schema_for<TestParams>("numeric", "depends on the processor"));
    list.back().numerics = true;
    return list;
  }();
  static std::vector<StageSchema> newer = [] {
    std::vector<StageSchema> list{schemas.front()};
    list.front().version = 2;
    return list;
  }();
  SchemaTable table;
  table.find = [version](std::string_view kind) -> const StageSchema* {
    if (version == 2 && kind == "make") return &newer.front();
    for (const StageSchema& schema : schemas) {
      if (schema.kind == kind) return &schema;
    }
    return nullptr;
  };
  for (const StageSchema& schema : schemas) table.kinds.push_back(schema.kind);
  return table;
}

}  // namespace unimo::test
