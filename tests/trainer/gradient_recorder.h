// What a test sees of the announcements of gradients (trainer/model/gradient_ledger.h).
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "trainer/model/parameters.h"

namespace unimo::trainer {

// Notes the order, and what the gradients were at that moment.
class Recorder : public GradientObserver {
 public:
  explicit Recorder(ParameterStore& store)
      : store_(store), seen(store.gradients().size()), times(store.gradients().size()) {}

  void gradient_ready(std::int64_t offset, std::int64_t count) override {
    for (const Parameter& p : store_.all()) {
      if (p.offset >= offset && p.offset < offset + count) order.push_back(p.spec.name);
    }
    const std::span<const float> now = store_.gradients();
    for (std::int64_t i = offset; i < offset + count; ++i) {
      seen[static_cast<std::size_t>(i)] = now[static_cast<std::size_t>(i)];
      ++times[static_cast<std::size_t>(i)];
    }
  }

  std::ptrdiff_t place(const std::string& name) const {
    return std::find(order.begin(), order.end(), name) - order.begin();
  }
  // Whether every value was announced once, and was final then.
  void check() const {
    const std::span<const float> last = store_.gradients();
    for (std::size_t i = 0; i < times.size(); ++i) {
      ASSERT_EQ(times[i], 1) << i;
      ASSERT_EQ(seen[i], last[i]) << i;
    }
  }

 private:
  ParameterStore& store_;

 public:
  std::vector<std::string> order;
  std::vector<float> seen;
  std::vector<int> times;
};

}  // namespace unimo::trainer
