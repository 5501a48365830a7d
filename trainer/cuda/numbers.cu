// Reports of failed launches; see numbers.cuh.
#include "trainer/cuda/numbers.cuh"

#include <stdexcept>
#include <string>

namespace unimo::trainer {

void check_launch(const char* kernel) {
  const cudaError_t error = cudaGetLastError();
  if (error != cudaSuccess) {
    throw std::runtime_error(std::string("CUDA kernel ") + kernel + ": " +
                             cudaGetErrorString(error));
  }
}

}  // namespace unimo::trainer
