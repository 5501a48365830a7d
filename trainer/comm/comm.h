// The ranks of one training: what they add up, exchange and wait for together.
//
//   auto comm = UNIMO_TRY(join(launch, {}));                       // trainer/comm/join.h
//   auto work = comm->start_all_reduce(host_buffer(gradients));   // goes on by itself
//   ...                                                           // compute
//   UNIMO_TRY(work->wait());                                      // now `gradients` is the sum
//
// Every rank makes the same calls in the same order; a rank that makes another one is found by the
// header that each operation begins with, and both sides are named in the error. Operations run one
// after the other in the order of the calls, started ones too. Calls come from one thread at a
// time, except abort(), which may come from any at any time.
//
// Floating-point sums are those of rank 0 + rank 1 + … + rank n-1 from left to right for each
// element, whatever its place in a buffer: the same bits on all ranks and in every repetition. (The
// one exception is device memory, see nccl_comm.h.)
//
// Every failure is final: the other ranks are told, and each later call gives the same error. Its
// text names this rank, the operation with its number, the rank waited for and how long.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::trainer {

enum class ElementType : std::uint8_t { kFloat, kDouble, kInt64, kByte };
enum class MemoryKind : std::uint8_t { kHost, kDevice };

std::string_view to_string(ElementType type);  // "float", "double", "int64", "byte"
std::int64_t size_of(ElementType type);        // bytes

// Memory of the caller, which must stay valid and untouched until the operation has ended.
struct CommBuffer {
  void* data = nullptr;
  std::int64_t count = 0;  // elements
  ElementType type = ElementType::kFloat;
  MemoryKind memory = MemoryKind::kHost;
  void* stream = nullptr;  // device memory: the CUDA stream that wrote it; nullptr: the default one

  std::int64_t bytes() const { return count * size_of(type); }
};

template <typename T>
requires std::same_as<T, float> || std::same_as<T, double> || std::same_as<T, std::int64_t> ||
    std::same_as<T, std::byte>
        CommBuffer host_buffer(std::span<T> values) {
  ElementType type = ElementType::kByte;
  if (std::same_as<T, float>) type = ElementType::kFloat;
  if (std::same_as<T, double>) type = ElementType::kDouble;
  if (std::same_as<T, std::int64_t>) type = ElementType::kInt64;
  return {.data = values.data(), .count = std::ssize(values), .type = type};
}

// A run of elements of a buffer.
struct Part {
  std::int64_t offset = 0;
  std::int64_t count = 0;
  bool operator==(const Part&) const = default;
};

// `count` elements in `ranks` neighbouring parts whose sizes differ by one at most, the longer ones
// first.
std::vector<Part> equal_parts(std::int64_t count, int ranks);

// An operation that was started. Dropping the handle waits for it, because its buffer is in use.
class Work {
 public:
  virtual ~Work() = default;
  // Blocks until the operation has ended; may be called again.
  virtual Status wait() = 0;
};

class Comm {
 public:
  // Leaves the group. Ranks that still wait for this one are told that it has left.
  virtual ~Comm() = default;
  Comm() = default;
  Comm(const Comm&) = delete;
  Comm& operator=(const Comm&) = delete;

  virtual int rank() const = 0;
  virtual int size() const = 0;

  // Replaces the elements by their sums over the ranks. Any type but bytes.
  virtual std::unique_ptr<Work> start_all_reduce(CommBuffer buffer) = 0;
  // parts[r] of the buffer becomes the sum on rank r; the rest of it keeps its values. The parts
  // are the same on all ranks, inside the buffer and apart from each other; they need not cover it.
  virtual std::unique_ptr<Work> start_reduce_scatter(CommBuffer buffer,
                                                     std::span<const Part> parts) = 0;
  // parts[r] is copied from rank r to all others.
  virtual std::unique_ptr<Work> start_all_gather(CommBuffer buffer,
                                                 std::span<const Part> parts) = 0;

  Status all_reduce(CommBuffer buffer) { return start_all_reduce(buffer)->wait(); }
  Status reduce_scatter(CommBuffer buffer, std::span<const Part> parts) {
    return start_reduce_scatter(buffer, parts)->wait();
  }
  Status all_gather(CommBuffer buffer, std::span<const Part> parts) {
    return start_all_gather(buffer, parts)->wait();
  }

  // Copies the bytes of rank `root` over those of the others; the size is the same everywhere.
  virtual Status broadcast(std::span<std::byte> bytes, int root) = 0;
  // The texts of all ranks, by rank, on rank 0; nothing on the others. They may differ in length.
  virtual Result<std::vector<std::string>> gather(std::string_view bytes) = 0;
  // Nobody returns before everybody has come.
  virtual Status barrier() = 0;

  // Ends the group because of this rank: whatever the others wait for fails with `reason`, and so
  // does every later call. The first failure counts; a second is ignored.
  virtual void abort(const Error& reason) = 0;
};

// kInvalid, naming the part, when parts are not as the functions above ask for.
Status check_parts(const CommBuffer& buffer, std::span<const Part> parts, int ranks);

// kInvalid when the buffer cannot be added up.
Status check_summable(const CommBuffer& buffer);

// A handle on something that ended before it was asked for.
std::unique_ptr<Work> finished_work(Status status);

}  // namespace unimo::trainer
