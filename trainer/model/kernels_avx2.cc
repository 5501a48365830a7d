// The kernels for this instruction set; its compiler flags stand in CMakeLists.txt.
#define UNIMO_KERNELS_TABLE kernels_table_avx2
#define UNIMO_KERNELS_NAME "avx2"
#include "trainer/model/kernels_body.inc"
