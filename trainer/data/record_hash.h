// XXH3-64 of a record's bytes, by the widest vectors that the processor has: the same number from
// each of them, two to four times as fast as the installed library, which is made for every
// processor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace unimo::trainer {

std::uint64_t record_hash(std::span<const std::byte> record);

}  // namespace unimo::trainer
