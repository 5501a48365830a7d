#include "trainer/weights/caffe_model.h"

#include <algorithm>
#include <optional>

#include "trainer/weights/protocol_fields.h"

namespace unimo::trainer {

namespace {

using Wire = ProtocolField::Wire;

// Longer names are damage.
constexpr std::uint64_t kLongestName = 4096;
constexpr std::size_t kMostSides = 32;  // as Caffe itself allows

class NetReading {
 public:
  explicit NetReading(WeightFile& weights) : weights_(weights), file_(weights.file(0)) {}

  Status net() {
    ProtocolFields fields(file_, 0, file_.size());
    while (const auto field = UNIMO_TRY(fields.next())) {
      if (field->wire != Wire::kBytes) continue;
      if (field->number == 100) UNIMO_TRY(layer(*field, 1, 7));
      if (field->number == 2) UNIMO_TRY(layer(*field, 4, 6));
    }
    if (!weights_.tensors().empty()) return ok();
    return fail(ErrorCode::kInvalid, "{}: a net without weights, or no caffemodel", file_.name());
  }

 private:
  // The name may stand behind the blobs.
  Status layer(const ProtocolField& at, std::uint32_t name_field, std::uint32_t blobs_field) {
    std::string name;
    std::vector<ProtocolField> blobs;
    ProtocolFields fields(file_, at.begin, at.end);
    while (const auto field = UNIMO_TRY(fields.next())) {
      if (field->wire != Wire::kBytes) continue;
      if (field->number == name_field) name = UNIMO_TRY(text(*field));
      if (field->number == blobs_field) blobs.push_back(*field);
    }
    for (std::size_t i = 0; i < blobs.size(); ++i) {
      const std::string tensor = fmt::format("{}/{}", name, i);
      if (!weights_.add(tensor, UNIMO_TRY(blob(blobs[i], tensor)))) {
        return fail(ErrorCode::kInvalid, "{}: layer {} is there twice", file_.name(), name);
      }
    }
    return ok();
  }

  Result<std::string> text(const ProtocolField& field) {
    if (field.end - field.begin > kLongestName) {
      return fail(ErrorCode::kIntegrity, "{}: byte {}: a layer's name of {} bytes", file_.name(),
                  field.begin, field.end - field.begin);
    }
    std::string name(field.end - field.begin, '\0');
    UNIMO_TRY(file_.read(field.begin, name));
    return name;
  }

  Result<StoredTensor> blob(const ProtocolField& at, const std::string& name) {
    StoredTensor tensor;
    std::optional<ProtocolField> data;
    std::optional<std::vector<std::int64_t>> shape;
    std::vector<std::int64_t> old_shape(4, 1);
    ProtocolFields fields(file_, at.begin, at.end);
    while (const auto field = UNIMO_TRY(fields.next())) {
      if (field->number >= 1 && field->number <= 4 && field->wire == Wire::kVarint)
        old_shape[field->number - 1] = static_cast<std::int64_t>(field->value);
      if (field->number == 7 && field->wire == Wire::kBytes) shape = UNIMO_TRY(sides(*field));
      if (field->number != 5 && field->number != 8) continue;
      if (field->wire != Wire::kBytes || data) {
        return fail(ErrorCode::kInvalid,
                    "{}: tensor {}: its numbers do not stand in one piece (packed); write the net "
                    "anew with Caffe",
                    file_.name(), name);
      }
      data = field;
      tensor.type = field->number == 5 ? TensorType::kF32 : TensorType::kF64;
    }
    if (!shape) {
      const auto first =
          std::ranges::find_if(old_shape, [](std::int64_t side) { return side != 1; });
      shape.emplace(std::min(first, old_shape.end() - 1), old_shape.end());
    }
    tensor.shape = std::move(*shape);
    UNIMO_TRY(place(data, name, tensor));
    return tensor;
  }

  Result<std::vector<std::int64_t>> sides(const ProtocolField& at) {
    std::vector<std::int64_t> shape;
    ProtocolFields fields(file_, at.begin, at.end);
    while (const auto field = UNIMO_TRY(fields.next())) {
      if (field->number != 1) continue;
      if (field->wire == Wire::kVarint) shape.push_back(static_cast<std::int64_t>(field->value));
      if (field->wire == Wire::kBytes) {
        ProtocolFields packed(file_, field->begin, field->end);
        while (const auto side = UNIMO_TRY(packed.next_varint()))
          shape.push_back(static_cast<std::int64_t>(*side));
      }
      if (shape.size() > kMostSides) {
        return fail(ErrorCode::kIntegrity, "{}: byte {}: a blob of more than {} sides",
                    file_.name(), at.begin, kMostSides);
      }
    }
    return shape;
  }

  Status place(const std::optional<ProtocolField>& data, const std::string& name,
               StoredTensor& tensor) {
    const std::uint64_t found = data ? data->end - data->begin : 0;
    std::uint64_t wanted = 0;
    if (!tensor_bytes(tensor.type, tensor.shape, wanted) || wanted != found) {
      return fail(ErrorCode::kIntegrity, "{}: tensor {}: {} bytes for a shape of {}", file_.name(),
                  name, found, shape_text(tensor.shape));
    }
    if (data) tensor.offset = data->begin;
    return ok();
  }

  WeightFile& weights_;
  const ByteFile& file_;
};

}  // namespace

Result<WeightFile> open_caffe_model(const std::filesystem::path& path) {
  WeightFile weights(path, "Caffe model");
  weights.add_file(UNIMO_TRY(ByteFile::open(path)));
  UNIMO_TRY(NetReading(weights).net());
  return weights;
}

}  // namespace unimo::trainer
