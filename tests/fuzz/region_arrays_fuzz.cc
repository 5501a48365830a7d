// Arrays of numbers in files of others; the first byte chooses: .npy, .npz, MessagePack, a picture
// of UNITER's database, a record of originals.shard. What was accepted is written and read again
// the same.
#include <cstdlib>

#include "stages/region_files/msgpack_arrays.h"
#include "stages/region_files/npz_rows.h"
#include "stages/region_files/originals.h"
#include "stages/region_files/uniter_rows.h"
#include "tests/fuzz/fuzz_choice.h"
#include "tests/fuzz/fuzz_file.h"

namespace {

using namespace unimo::stages;  // NOLINT: one small file

void npy(std::string_view bytes) {
  const auto array = parse_npy(bytes);
  if (!array || !*array) return;
  const auto again = parse_npy(format_npy(**array));
  if (!again || !*again || **again != **array) std::abort();
  (void)floats_of(**array);
  (void)whole_numbers_of(**array);
}

void row(const NumberArrays& arrays) {
  const ParsedRow parsed = row_of_arrays(arrays, "a");
  if (parsed.good() && !check_row(parsed.row)) std::abort();
}

void npz(std::string_view bytes) {
  const auto arrays = parse_npz(bytes, "fuzz");
  if (!arrays) return;
  row(*arrays);
  const auto again = parse_npz(format_npz(*arrays), "again");
  if (!again || *again != *arrays) std::abort();
}

void msgpack(std::string_view bytes) {
  constexpr std::size_t kMost = 15;  // that the writer takes
  const auto arrays = parse_msgpack_arrays(bytes);
  if (!arrays) return;
  row(*arrays);
  if (arrays->size() > kMost) return;
  for (const auto& [name, array] : *arrays) {
    if (array.shape.size() > kMost) return;
  }
  const auto again = parse_msgpack_arrays(format_msgpack_arrays(*arrays));
  if (!again || *again != *arrays) std::abort();
}

void original(std::string_view bytes) {
  const auto row = decode_original(std::as_bytes(std::span(bytes)), "fuzz");
  if (!row) return;
  if (decode_original(encode_original(*row), "again").value().id != row->id) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned choice = fuzz_choice(data, size, 5);
  const std::string_view bytes = fuzz_text(data, size);
  switch (choice) {
    case 0: npy(bytes); break;
    case 1: npz(bytes); break;
    case 2: msgpack(bytes); break;
    case 3: (void)parse_uniter_value(bytes, "a"); break;
    default: original(bytes);
  }
  return 0;
}
