// The kernels for this instruction set; its compiler flags stand in CMakeLists.txt.
#define UNIMO_KERNELS_TABLE kernels_table_avx512bf16
#define UNIMO_KERNELS_NAME "avx512bf16"
#include "trainer/model/kernels_body.inc"
