#include "trainer/model/kernels.h"

#include <string_view>

namespace unimo::trainer {

const Kernels& kernels_table_plain();
#if defined(__x86_64__)
const Kernels& kernels_table_avx2();
const Kernels& kernels_table_avx512();
const Kernels& kernels_table_avx512bf16();
#endif

const Kernels* kernels_named(const char* name) {
  const std::string_view wanted = name;
  if (wanted == "plain") return &kernels_table_plain();
#if defined(__x86_64__)
  if (wanted == "avx2" && __builtin_cpu_supports("x86-64-v3")) return &kernels_table_avx2();
  if (wanted == "avx512" && __builtin_cpu_supports("x86-64-v4")) return &kernels_table_avx512();
  if (wanted == "avx512bf16" && __builtin_cpu_supports("x86-64-v4") &&
      __builtin_cpu_supports("avx512bf16")) {
    return &kernels_table_avx512bf16();
  }
#endif
  return nullptr;
}

const Kernels& kernels() {
  static const Kernels* const best = [] {
    for (const char* name : {"avx512bf16", "avx512", "avx2"}) {
      if (const Kernels* found = kernels_named(name)) return found;
    }
    return kernels_named("plain");
  }();
  return *best;
}

}  // namespace unimo::trainer
