#include "trainer/decode/decode_kernels.h"

namespace unimo::trainer {

const DecodeKernels& decode_kernels_plain();
#if defined(__x86_64__)
const DecodeKernels& decode_kernels_avx2();
const DecodeKernels& decode_kernels_avx512();
#endif

const DecodeKernels& decode_kernels() {
#if defined(__x86_64__)
  static const DecodeKernels& best = __builtin_cpu_supports("x86-64-v4")   ? decode_kernels_avx512()
                                     : __builtin_cpu_supports("x86-64-v3") ? decode_kernels_avx2()
                                                                           : decode_kernels_plain();
  return best;
#else
  return decode_kernels_plain();
#endif
}

}  // namespace unimo::trainer
