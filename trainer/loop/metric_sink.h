// Where training reports to. Nothing here knows of storage.
#pragma once

#include <cstdint>
#include <string_view>

namespace unimo::trainer {

class MetricSink {
 public:
  virtual ~MetricSink() = default;
  virtual void metric(std::string_view name, double value, std::int64_t step) = 0;
  virtual void progress(std::int64_t done, std::int64_t total) = 0;
  virtual void note(std::string_view text) = 0;
};

// What ranks but the first report to.
class NoSink : public MetricSink {
 public:
  void metric(std::string_view, double, std::int64_t) override {}
  void progress(std::int64_t, std::int64_t) override {}
  void note(std::string_view) override {}
};

}  // namespace unimo::trainer
