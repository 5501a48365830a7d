// The kernels for this instruction set; its compiler flags stand in CMakeLists.txt.
#define UNIMO_DECODE_TABLE decode_kernels_avx512
#define UNIMO_DECODE_NAME "avx512"
#include "trainer/decode/decode_kernels_body.inc"
