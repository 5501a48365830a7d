#include "trainer/comm/comm.h"

#include <algorithm>
#include <utility>

namespace unimo::trainer {

namespace {

class Finished : public Work {
 public:
  explicit Finished(Status status) : status_(std::move(status)) {}
  Status wait() override { return status_; }

 private:
  Status status_;
};

}  // namespace

std::string_view to_string(ElementType type) {
  switch (type) {
    case ElementType::kFloat: return "float";
    case ElementType::kDouble: return "double";
    case ElementType::kInt64: return "int64";
    case ElementType::kByte: return "byte";
  }
  return "?";
}

std::int64_t size_of(ElementType type) {
  switch (type) {
    case ElementType::kFloat: return 4;
    case ElementType::kDouble:
    case ElementType::kInt64: return 8;
    case ElementType::kByte: return 1;
  }
  return 1;
}

std::vector<Part> equal_parts(std::int64_t count, int ranks) {
  UNIMO_CHECK(ranks > 0 && count >= 0, "{} elements in {} parts", count, ranks);
  std::vector<Part> parts;
  std::int64_t offset = 0;
  for (std::int64_t rank = 0; rank < ranks; ++rank) {
    const std::int64_t size = count / ranks + (rank < count % ranks ? 1 : 0);
    parts.push_back({.offset = offset, .count = size});
    offset += size;
  }
  return parts;
}

Status check_parts(const CommBuffer& buffer, std::span<const Part> parts, int ranks) {
  if (std::ssize(parts) != ranks) {
    return fail(ErrorCode::kInvalid, "{} parts for {} ranks: give one for each", parts.size(),
                ranks);
  }
  std::vector<Part> sorted(parts.begin(), parts.end());
  std::sort(sorted.begin(), sorted.end(), [](const Part& a, const Part& b) {
    return std::pair(a.offset, a.count) < std::pair(b.offset, b.count);
  });
  std::int64_t free_from = 0;
  for (const Part& part : sorted) {
    // Compared by differences: a sum could overflow.
    if (part.count < 0 || part.offset < 0 || part.offset > buffer.count ||
        part.count > buffer.count - part.offset) {
      return fail(ErrorCode::kInvalid, "the part of {} elements at {} lies outside the {} elements",
                  part.count, part.offset, buffer.count);
    }
    if (part.count > 0 && part.offset < free_from) {
      return fail(ErrorCode::kInvalid,
                  "the part of {} elements at {} overlaps another, which ends at {}", part.count,
                  part.offset, free_from);
    }
    free_from = std::max(free_from, part.offset + part.count);
  }
  return ok();
}

Status check_summable(const CommBuffer& buffer) {
  if (buffer.type == ElementType::kByte) {
    return fail(ErrorCode::kInvalid, "bytes have no sum: give float, double or int64");
  }
  if (buffer.count < 0 || (buffer.count > 0 && buffer.data == nullptr)) {
    return fail(ErrorCode::kInvalid, "a buffer of {} elements at {}", buffer.count, buffer.data);
  }
  return ok();
}

std::unique_ptr<Work> finished_work(Status status) {
  return std::make_unique<Finished>(std::move(status));
}

}  // namespace unimo::trainer
