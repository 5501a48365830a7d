// Numbers as the official Python programs print them.
#pragma once

#include <fmt/format.h>

#include <cstdlib>

namespace unimo::eval {

// Python's round(value, digits): to the nearest decimal of the exact binary value, an exact half to
// the even digit. So round_decimals(2.675, 2) is 2.67.
inline double round_decimals(double value, int digits) {
  return std::strtod(fmt::format("{:.{}f}", value, digits).c_str(), nullptr);
}

}  // namespace unimo::eval
