#include "trainer/loop/memory.h"

#include <malloc.h>

namespace unimo::trainer {

void keep_freed_memory() {
  constexpr int kLargestThreshold =
      4 * 1024 * 1024 * static_cast<int>(sizeof(long));  // glibc refuses more
  mallopt(M_MMAP_THRESHOLD, kLargestThreshold);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 64 << 20);
}

}  // namespace unimo::trainer
