// The kernels for this instruction set; its compiler flags stand in CMakeLists.txt.
#define UNIMO_KERNELS_TABLE kernels_table_plain
#define UNIMO_KERNELS_NAME "plain"
#include "trainer/model/kernels_body.inc"
