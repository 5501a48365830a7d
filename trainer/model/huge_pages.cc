#include "trainer/model/huge_pages.h"

#include <sys/mman.h>

#include <cstdint>

namespace unimo::trainer {

void prefer_huge_pages(void* begin, std::size_t bytes) {
  constexpr std::size_t kHugePage = std::size_t{2} << 20;
  constexpr std::size_t kSmallest = 4 * kHugePage;
  if (bytes < kSmallest) return;
  const auto address = reinterpret_cast<std::uintptr_t>(begin);
  const std::size_t skipped = (kHugePage - address % kHugePage) % kHugePage;
  const std::size_t whole = (bytes - skipped) / kHugePage * kHugePage;
  (void)::madvise(static_cast<char*>(begin) + skipped, whole, MADV_HUGEPAGE);
}

}  // namespace unimo::trainer
