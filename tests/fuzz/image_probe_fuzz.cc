// Any bytes as a picture: what the probe calls good can be decoded, in the size that it told.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <opencv2/core.hpp>

#include "stages/ingest/image_probe.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unimo::stages;
  const std::string_view bytes = fuzz_text(data, size);
  const ImageLimits limits{.max_pixels = 64 * 64};
  const ImageProbe probe = probe_image(bytes, limits);
  if (probe.good() != probe.detail.empty()) std::abort();
  if (!probe.good()) return 0;
  if (probe.width < 1 || probe.height < 1 || probe.width * probe.height > limits.max_pixels)
    std::abort();
  const auto pixels = decode_image(bytes, limits);
  if (!pixels || pixels->cols != probe.width || pixels->rows != probe.height) std::abort();
  return 0;
}
