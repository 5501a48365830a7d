// What the tests of ROUGE-1.5.5 share.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "evaluators/rouge155.h"

namespace unimo::eval {

// What was printed with five decimals is met when no digit differs.
constexpr double kPrinted = 1e-9;

// Recall, precision and F.
inline void expect_triple(const RougeTriple& seen, const std::array<double, 3>& expected,
                          const std::string& what) {
  EXPECT_NEAR(seen.recall, expected[0], kPrinted) << what << " R";
  EXPECT_NEAR(seen.precision, expected[1], kPrinted) << what << " P";
  EXPECT_NEAR(seen.f, expected[2], kPrinted) << what << " F";
}

inline SummaryItem summary_item(std::string candidate, std::string reference) {
  return {std::move(candidate), {std::move(reference)}};
}

inline Rouge155 score(const std::vector<SummaryItem>& items, const Rouge155Options& options = {}) {
  return rouge155(items, options).value();
}

}  // namespace unimo::eval
