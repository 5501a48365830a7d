// The trainer's reports as events of the job.
#pragma once

#include <string_view>

#include "orchestrator/stage/event.h"
#include "trainer/loop/metric_sink.h"

namespace unimo::stages {

// The writer must outlive it.
class EventSink : public trainer::MetricSink {
 public:
  explicit EventSink(EventWriter& events) : events_(events) {}
  void metric(std::string_view name, double value, std::int64_t step) override {
    events_.metric(name, value, step);
  }
  void progress(std::int64_t done, std::int64_t total) override {
    events_.progress(done, total, "steps");
  }
  void note(std::string_view text) override { events_.note("info", text); }

 private:
  EventWriter& events_;
};

}  // namespace unimo::stages
