// How often the program has asked for memory by `new` so far. Whoever links allocations.cc replaces
// the global operators.
#pragma once

#include <cstddef>

namespace unimo {

std::size_t allocations();

}  // namespace unimo
