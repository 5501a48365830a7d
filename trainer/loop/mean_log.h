// The averages that training reports: every micro-batch adds to them, a report takes them.
//
// Sums are taken in the order of (step, micro-batch), whichever process computed them, so that a
// report has the same bits for any number of processes; and they travel with the checkpoint, so
// that a resumed training reports what an unbroken one does.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "trainer/loop/metric_sink.h"
#include "trainer/loop/objective.h"

namespace unimo::trainer {

// What a process has seen since its entries were last taken.
class MeanLog {
 public:
  void add(std::int64_t step, std::int64_t index, const NamedMean& mean) {
    entries_.push_back({step, index, mean});
  }
  // Forgets a step that did not count.
  void drop(std::int64_t step) {
    std::erase_if(entries_, [step](const Entry& entry) { return entry.step == step; });
  }
  // As bytes for another process; empties the log.
  std::string take_bytes();
  // Puts the entries of another process's bytes into this log. kInvalid when they are none.
  Status add_bytes(std::string_view bytes);

 private:
  friend class MeanWindow;
  struct Entry {
    std::int64_t step = 0, index = 0;
    NamedMean mean;
  };
  std::vector<Entry> entries_;
};

// Sums since the last report.
class MeanWindow {
 public:
  // Takes all entries of the log, in order of step and micro-batch.
  void add(MeanLog& log);
  // Tells every average that has a weight, and starts anew.
  void report(MetricSink& sink, std::int64_t step);

  Json to_json() const;
  static MeanWindow from_json(const Json& json);

 private:
  std::map<std::string, std::pair<double, double>> sums_;  // by name: sum, weight
};

}  // namespace unimo::trainer
