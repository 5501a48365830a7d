// Arrays of numbers in MessagePack, as msgpack-numpy writes dictionaries of them:
// {"features": {b"nd": True, b"type": "<f2", b"kind": b"", b"shape": [36, 2048], b"data": bytes}}.
//
// Read here and not by a library, because the keys are of type bin: nlohmann's reader takes text
// alone, and the packaged C library brings Boost along. Source: the MessagePack specification
// (github.com/msgpack/msgpack, spec.md); msgpack-numpy 0.4, `encode`.
#pragma once

#include "stages/region_files/npy.h"

namespace unimo::stages {

// kInvalid: cut, nested more than eight deep, bytes left over, an array whose bytes are not those
// of its shape. Entries that are no arrays of numbers are passed over.
Result<NumberArrays> parse_msgpack_arrays(std::string_view bytes);
// What msgpack.dumps(..., use_bin_type=True) gives, in the order of the names.
std::string format_msgpack_arrays(const NumberArrays& arrays);

}  // namespace unimo::stages
