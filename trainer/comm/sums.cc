#include "trainer/comm/sums.h"

#include <algorithm>
#include <array>

namespace unimo::trainer {

namespace {

// Bytes from sockets are aligned to elements because every buffer here begins aligned.
template <typename T>
const T* elements(const std::byte* bytes) {
  return reinterpret_cast<const T*>(bytes);
}

template <typename T>
void add(std::span<const std::byte* const> terms, std::byte* sum, std::int64_t count) {
  T* const out = reinterpret_cast<T*>(sum);
  if (terms.size() == 2) {  // no need to keep a term from being overwritten
    const T* const a = elements<T>(terms[0]);
    const T* const b = elements<T>(terms[1]);
    for (std::int64_t i = 0; i < count; ++i) out[i] = static_cast<T>(a[i] + b[i]);
    return;
  }
  constexpr std::int64_t kBlock = 1024;  // 4 or 8 KiB: stays in the first cache
  std::array<T, kBlock> total;
  for (std::int64_t begin = 0; begin < count; begin += kBlock) {
    const std::int64_t size = std::min(kBlock, count - begin);
    std::copy_n(elements<T>(terms[0]) + begin, size, total.data());
    for (const std::byte* const term : terms.subspan(1)) {
      const T* const values = elements<T>(term) + begin;
      for (std::int64_t i = 0; i < size; ++i) {
        total[static_cast<std::size_t>(i)] =
            static_cast<T>(total[static_cast<std::size_t>(i)] + values[i]);
      }
    }
    std::copy_n(total.data(), size, out + begin);
  }
}

}  // namespace

void add_in_order(ElementType type, std::span<const std::byte* const> terms, std::byte* sum,
                  std::int64_t count) {
  switch (type) {
    case ElementType::kFloat: return add<float>(terms, sum, count);
    case ElementType::kDouble: return add<double>(terms, sum, count);
    // Unsigned: the same bits as a signed sum, and wrapping is defined.
    case ElementType::kInt64: return add<std::uint64_t>(terms, sum, count);
    case ElementType::kByte: break;
  }
  UNIMO_CHECK(false, "bytes have no sum");
}

}  // namespace unimo::trainer
