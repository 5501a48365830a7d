// Large pages for large arrays.
#pragma once

#include <cstddef>

namespace unimo::trainer {

// Asks the system for pages of 2 MiB (Linux: MADV_HUGEPAGE) for what lies wholly within `bytes`
// from `begin`. Call it before the memory is first written. A loop over the weights of a model
// reads rows that are kilobytes apart; with small pages most of its time goes into translating
// addresses. Without such pages nothing changes but the speed; a few megabytes are not worth the
// call and left alone.
void prefer_huge_pages(void* begin, std::size_t bytes);

}  // namespace unimo::trainer
