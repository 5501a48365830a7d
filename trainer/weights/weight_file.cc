#include "trainer/weights/weight_file.h"

#include <algorithm>
#include <cstring>
#include <thread>

#include "orchestrator/base/in_parallel.h"
#include "trainer/weights/crc32.h"

namespace unimo::trainer {

namespace {

// Values that are read, checked and converted at a time: they stay in the processor's cache.
constexpr std::size_t kChunk = 32 * 1024;
// Values of a large tensor that one thread takes at a time.
constexpr std::size_t kPiece = 4 * 1024 * 1024;
constexpr int kMostThreads = 8;

int reading_threads() {
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMostThreads);
}

// Values of two dimensions are moved in squares of this side, so that the cache serves both orders.
constexpr std::int64_t kSquare = 32;

void gather_matrix(const char* from, const StoredTensor& t, std::size_t size, char* to) {
  const std::int64_t rows = t.shape[0], columns = t.shape[1];
  for (std::int64_t i0 = 0; i0 < rows; i0 += kSquare) {
    for (std::int64_t j0 = 0; j0 < columns; j0 += kSquare) {
      for (std::int64_t i = i0; i < std::min(i0 + kSquare, rows); ++i) {
        for (std::int64_t j = j0; j < std::min(j0 + kSquare, columns); ++j) {
          std::memcpy(to + static_cast<std::size_t>(i * columns + j) * size,
                      from + static_cast<std::size_t>(i * t.strides[0] + j * t.strides[1]) * size,
                      size);
        }
      }
    }
  }
}

// Row after row, of any number of dimensions.
void gather(const char* from, const StoredTensor& t, char* to) {
  const std::size_t size = type_size(t.type);
  if (t.shape.size() == 2) return gather_matrix(from, t, size, to);
  std::vector<std::int64_t> place(t.shape.size(), 0);
  std::int64_t at = 0;
  for (std::int64_t i = 0; i < t.count(); ++i) {
    std::memcpy(to, from + static_cast<std::size_t>(at) * size, size);
    to += size;
    for (std::size_t d = place.size(); d-- > 0;) {
      at += t.strides[d];
      if (++place[d] < t.shape[d]) break;
      at -= t.strides[d] * t.shape[d];
      place[d] = 0;
    }
  }
}

// Bytes from the first value to behind the last.
std::uint64_t extent(const StoredTensor& t) {
  if (t.strides.empty() || t.count() == 0) return t.bytes();
  std::int64_t last = 0;
  for (std::size_t d = 0; d < t.shape.size(); ++d) last += (t.shape[d] - 1) * t.strides[d];
  return (static_cast<std::uint64_t>(last) + 1) * type_size(t.type);
}

Error joined(const std::vector<std::string>& mistakes) {
  std::vector<Error> errors;
  for (const std::string& m : mistakes) errors.push_back({ErrorCode::kInvalid, m});
  return join_errors(errors);
}

}  // namespace

std::int64_t TensorEntry::count() const {
  return static_cast<std::int64_t>(bytes() / type_size(type));
}

std::uint64_t TensorEntry::bytes() const {
  std::uint64_t total = 0;
  UNIMO_CHECK(tensor_bytes(type, shape, total), "a shape of {} has passed a reader",
              shape_text(shape));
  return total;
}

// One pass over the values of a tensor, or over a part of them.
class TensorReading {
 public:
  TensorReading(const WeightFile& file, const std::string& name, const StoredTensor& tensor)
      : weights_(file), name_(name), tensor_(tensor), size_(type_size(tensor.type)) {}

  bool contiguous() const { return tensor_.strides.empty(); }

  // Checks values from `first` on. Not for tensors with strides.
  Status check(std::size_t first, std::size_t count) const {
    const bool with_sum = first == 0 && tensor_.checksum.has_value();
    // One reading for both, where the checksum is of these very bytes.
    const bool of_these = with_sum && tensor_.checksum->begin == tensor_.offset &&
                          tensor_.checksum->bytes == count * size_;
    if (with_sum && !of_these) UNIMO_TRY(check_sum());
    std::vector<char> raw(std::min(kChunk, count) * size_);
    std::vector<float> wide(std::min(kChunk, count));
    Status finite = ok();
    std::uint32_t crc = 0;
    for (std::size_t i = first; i < first + count && (finite || of_these); i += kChunk) {
      const std::size_t n = std::min(kChunk, first + count - i);
      UNIMO_TRY(file().read(tensor_.offset + i * size_, std::span(raw).first(n * size_)));
      if (of_these) crc = crc32_of(crc, std::span(raw).first(n * size_));
      widen_floats(tensor_.type, raw.data(), std::span(wide).first(n));
      if (finite) finite = check_finite(std::span(wide).first(n), i);
    }
    // Numbers that are not those that were written need no further look.
    if (of_these) UNIMO_TRY(compare_sum(crc));
    return finite;
  }

  // Reads values from `first` on, unchecked. Not for tensors with strides.
  Status fill(std::size_t first, std::span<float> out) const {
    if (tensor_.type == TensorType::kF32) {
      return file().read(tensor_.offset + first * size_,
                         {reinterpret_cast<char*>(out.data()), out.size_bytes()});
    }
    std::vector<char> raw(std::min(kChunk, out.size()) * size_);
    for (std::size_t i = 0; i < out.size(); i += kChunk) {
      const auto part = out.subspan(i, std::min(kChunk, out.size() - i));
      const auto bytes = std::span(raw).first(part.size() * size_);
      UNIMO_TRY(file().read(tensor_.offset + (first + i) * size_, bytes));
      widen_floats(tensor_.type, bytes.data(), part);
    }
    return ok();
  }

  // All values, unchecked; with strides as well.
  Status fill_all(std::span<float> out) const {
    if (contiguous()) return fill(0, out);
    const std::vector<char> bytes = UNIMO_TRY(weights_.read_bytes(tensor_));
    widen_floats(tensor_.type, bytes.data(), out);
    return ok();
  }

  Status check_all() const {
    const auto count = static_cast<std::size_t>(tensor_.count());
    if (contiguous()) return check(0, count);
    UNIMO_TRY(check_sum());
    std::vector<float> values(count);
    UNIMO_TRY(fill_all(values));
    return check_finite(values, 0);
  }

  Status check_sum() const {
    if (!tensor_.checksum) return ok();
    std::vector<char> bytes(std::min<std::uint64_t>(tensor_.checksum->bytes, 4 * kChunk));
    std::uint32_t crc = 0;
    for (std::uint64_t i = 0; i < tensor_.checksum->bytes; i += bytes.size()) {
      const auto part = std::span(bytes).first(
          std::min<std::uint64_t>(bytes.size(), tensor_.checksum->bytes - i));
      UNIMO_TRY(file().read(tensor_.checksum->begin + i, part));
      crc = crc32_of(crc, part);
    }
    return compare_sum(crc);
  }

  Status check_finite(std::span<const float> values, std::size_t first) const {
    const std::size_t bad = first_not_finite(values);
    if (bad == values.size()) return ok();
    return fail(ErrorCode::kInvalid, "{}: tensor {}: value {}{} is {}: weights must be finite",
                file().name(), name_, first + bad, place_text(first + bad), values[bad]);
  }

 private:
  const ByteFile& file() const { return weights_.file(tensor_.file); }

  Status compare_sum(std::uint32_t crc) const {
    if (crc == tensor_.checksum->crc) return ok();
    return fail(ErrorCode::kIntegrity,
                "{}: tensor {}: its bytes have CRC {:08x}, the archive says {:08x}: the file is "
                "damaged, fetch it again",
                file().name(), name_, crc, tensor_.checksum->crc);
  }

  // " (at [2, 3])", as the tensor is shaped.
  std::string place_text(std::size_t index) const {
    if (tensor_.shape.size() < 2) return {};
    std::vector<std::int64_t> place(tensor_.shape.size());
    for (std::size_t d = place.size(); d-- > 0;) {
      place[d] = static_cast<std::int64_t>(index) % tensor_.shape[d];
      index /= static_cast<std::size_t>(tensor_.shape[d]);
    }
    return fmt::format(" (at {})", shape_text(place));
  }

  const WeightFile& weights_;
  const std::string& name_;
  const StoredTensor& tensor_;
  std::size_t size_;
};

const StoredTensor* WeightFile::find(const std::string& name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

std::size_t WeightFile::add_file(ByteFile file) {
  files_.push_back(std::move(file));
  return files_.size() - 1;
}

bool WeightFile::add(const std::string& name, StoredTensor tensor) {
  UNIMO_CHECK(tensor.file < files_.size() && tensor.offset <= files_[tensor.file].size() &&
                  extent(tensor) <= files_[tensor.file].size() - tensor.offset,
              "tensor {} is not inside its file", name);
  return tensors_.emplace(name, std::move(tensor)).second;
}

Result<const StoredTensor*> WeightFile::floating(const std::string& name) const {
  const StoredTensor* tensor = find(name);
  if (tensor == nullptr)
    return fail(ErrorCode::kNotFound, "{}: tensor {} is missing", path_.string(), name);
  if (!is_floating(tensor->type)) {
    return fail(ErrorCode::kInvalid, "{}: tensor {} is {}: a floating-point type is wanted",
                files_[tensor->file].name(), name, type_name(tensor->type));
  }
  return tensor;
}

Status WeightFile::read_floats(const std::string& name, std::span<float> out) const {
  const StoredTensor* tensor = UNIMO_TRY(floating(name));
  UNIMO_CHECK(tensor->count() == static_cast<std::int64_t>(out.size()), "{} values read into {}",
              tensor->count(), out.size());
  const TensorReading reading(*this, name, *tensor);
  UNIMO_TRY(reading.check_sum());
  UNIMO_TRY(reading.fill_all(out));
  return reading.check_finite(out, 0);
}

Status WeightFile::check_floats(const std::string& name) const {
  const StoredTensor* tensor = UNIMO_TRY(floating(name));
  return TensorReading(*this, name, *tensor).check_all();
}

// Row after row.
Result<std::vector<char>> WeightFile::read_bytes(const StoredTensor& tensor) const {
  std::vector<char> stored(extent(tensor));
  UNIMO_TRY(files_[tensor.file].read(tensor.offset, stored));
  if (tensor.strides.empty()) return stored;
  std::vector<char> bytes(tensor.bytes());
  gather(stored.data(), tensor, bytes.data());
  return bytes;
}

Result<std::vector<double>> WeightFile::read_doubles(const std::string& name) const {
  const StoredTensor* tensor = UNIMO_TRY(floating(name));
  const std::vector<char> bytes = UNIMO_TRY(read_bytes(*tensor));
  std::vector<double> values(static_cast<std::size_t>(tensor->count()));
  widen_doubles(tensor->type, bytes.data(), values);
  return values;
}

Result<std::vector<std::int64_t>> WeightFile::read_integers(const std::string& name) const {
  const StoredTensor* tensor = find(name);
  if (tensor == nullptr)
    return fail(ErrorCode::kNotFound, "{}: tensor {} is missing", path_.string(), name);
  if (tensor->type != TensorType::kI64) {
    return fail(ErrorCode::kInvalid, "{}: tensor {} is {}: I64 is wanted", path_.string(), name,
                type_name(tensor->type));
  }
  const std::vector<char> bytes = UNIMO_TRY(read_bytes(*tensor));
  std::vector<std::int64_t> values(static_cast<std::size_t>(tensor->count()));
  if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

namespace {

// What one thread does at a time: a piece of a tensor that lies row after row, else a whole one.
struct Piece {
  const std::string* name;
  const StoredTensor* tensor;
  float* out;  // of the tensor's first value; null: only checked
  std::size_t first = 0;
  std::size_t count = 0;
};

std::vector<Piece> cut(const WeightFile& file, std::span<const TensorTarget> targets) {
  std::vector<Piece> pieces;
  for (const TensorTarget& target : targets) {
    const StoredTensor* tensor = file.find(target.name);
    const auto count = static_cast<std::size_t>(tensor->count());
    const std::size_t step = tensor->strides.empty() ? kPiece : std::max<std::size_t>(count, 1);
    for (std::size_t i = 0; i < count; i += step) {
      pieces.push_back({&target.name, tensor, target.out.data(), i, std::min(step, count - i)});
    }
  }
  return pieces;
}

// One message a tensor, of its first bad piece.
template <class Work>
std::vector<std::string> in_pieces(const WeightFile& file, const std::vector<Piece>& pieces,
                                   const Work& work) {
  std::vector<Status> results(pieces.size(), ok());
  in_parallel(pieces.size(), reading_threads(), [&](std::size_t i) {
    results[i] = work(TensorReading(file, *pieces[i].name, *pieces[i].tensor), pieces[i]);
  });
  std::vector<std::string> mistakes;
  const std::string* last = nullptr;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (results[i] || pieces[i].name == last) continue;
    mistakes.push_back(results[i].error().message);
    last = pieces[i].name;
  }
  return mistakes;
}

std::vector<std::string> check_pieces(const WeightFile& file, const std::vector<Piece>& pieces) {
  return in_pieces(file, pieces, [](const TensorReading& reading, const Piece& piece) {
    return reading.contiguous() ? reading.check(piece.first, piece.count) : reading.check_all();
  });
}

}  // namespace

Status read_tensors(const WeightFile& file, std::span<const TensorTarget> targets) {
  for (const TensorTarget& target : targets) {
    const StoredTensor* tensor = file.find(target.name);
    UNIMO_CHECK(tensor != nullptr && is_floating(tensor->type) &&
                    tensor->count() == static_cast<std::int64_t>(target.out.size()),
                "tensor {} has not been looked at before it is read", target.name);
  }
  const std::vector<Piece> pieces = cut(file, targets);
  std::vector<std::string> mistakes = check_pieces(file, pieces);
  if (mistakes.empty()) {
    mistakes = in_pieces(file, pieces, [](const TensorReading& reading, const Piece& piece) {
      const std::span<float> out(piece.out + piece.first, piece.count);
      return reading.contiguous() ? reading.fill(piece.first, out) : reading.fill_all(out);
    });
  }
  if (!mistakes.empty()) return tl::unexpected(joined(mistakes));
  return ok();
}

std::vector<std::string> bad_tensors(const WeightFile& file) {
  std::vector<TensorTarget> all;
  for (const auto& [name, tensor] : file.tensors()) {
    if (is_floating(tensor.type)) all.push_back({name, {}});
  }
  return check_pieces(file, cut(file, all));
}

}  // namespace unimo::trainer
