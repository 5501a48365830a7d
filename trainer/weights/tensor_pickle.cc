#include "trainer/weights/tensor_pickle.h"

#include <array>
#include <set>
#include <utility>

#include "trainer/weights/pickle_machine.h"

namespace unimo::trainer {

namespace {

using Kind = PickleValue::Kind;

constexpr std::array<std::pair<std::string_view, TensorType>, 10> kStorages = {
    {{"torch.FloatStorage", TensorType::kF32},
     {"torch.DoubleStorage", TensorType::kF64},
     {"torch.HalfStorage", TensorType::kF16},
     {"torch.BFloat16Storage", TensorType::kBf16},
     {"torch.LongStorage", TensorType::kI64},
     {"torch.IntStorage", TensorType::kI32},
     {"torch.ShortStorage", TensorType::kI16},
     {"torch.CharStorage", TensorType::kI8},
     {"torch.ByteStorage", TensorType::kU8},
     {"torch.BoolStorage", TensorType::kBool}}};

// Reads values that the machine left, each of which must be of the kind that is asked for.
class Described {
 public:
  Described(const PickleMachine& machine, std::string origin)
      : machine_(machine), origin_(std::move(origin)) {}

  Result<PickledTensor> tensor(const std::string& name, std::uint32_t number) const {
    const PickleValue& value = machine_.value(number);
    if (value.kind != Kind::kTensor) {
      return fail(ErrorCode::kInvalid,
                  "{}: {} is {}, not a tensor: give what torch.save(model.state_dict(), path) "
                  "writes",
                  origin_, name, kind_name(value.kind));
    }
    PickledTensor tensor;
    tensor.name = name;
    // storage, offset, shape, strides, requires_grad, hooks
    const bool fine =
        value.items.size() >= 4 && storage(value.items[0], tensor) &&
        whole_number(value.items[1], tensor.offset) && numbers(value.items[2], tensor.shape) &&
        numbers(value.items[3], tensor.strides) && tensor.shape.size() == tensor.strides.size();
    if (fine) return tensor;
    return fail(ErrorCode::kInvalid, "{}: tensor {} is not described as torch.save does it",
                origin_, name);
  }

 private:
  const PickleValue& value(std::uint32_t number) const { return machine_.value(number); }

  bool whole_number(std::uint32_t number, std::int64_t& out) const {
    out = value(number).number;
    return value(number).kind == Kind::kNumber && out >= 0;
  }

  bool numbers(std::uint32_t number, std::vector<std::int64_t>& out) const {
    if (value(number).kind != Kind::kTuple) return false;
    for (const std::uint32_t item : value(number).items) {
      if (!whole_number(item, out.emplace_back())) return false;
    }
    return true;
  }

  // ("storage", type, key, device, values)
  bool storage(std::uint32_t number, PickledTensor& tensor) const {
    const PickleValue& storage = value(number);
    if (storage.kind != Kind::kStorage || storage.items.size() < 5 ||
        value(storage.items[0]).text != "storage" || value(storage.items[1]).kind != Kind::kName ||
        value(storage.items[2]).kind != Kind::kText)
      return false;
    tensor.storage = value(storage.items[2]).text;
    for (const auto& [name, type] : kStorages) {
      if (value(storage.items[1]).text != name) continue;
      tensor.type = type;
      return whole_number(storage.items[4], tensor.storage_count);
    }
    return false;
  }

  const PickleMachine& machine_;
  std::string origin_;
};

// detectron2 keeps the tensors under "model", beside the step number and what its optimiser needs.
const PickleValue& model_within(const PickleMachine& machine, const PickleValue& whole) {
  for (std::size_t i = 0; i + 1 < whole.items.size(); i += 2) {
    const PickleValue& key = machine.value(whole.items[i]);
    const PickleValue& value = machine.value(whole.items[i + 1]);
    if (key.kind == Kind::kText && key.text == "model" && value.kind == Kind::kDict) return value;
  }
  return whole;
}

}  // namespace

Result<std::vector<PickledTensor>> read_tensor_pickle(std::string_view bytes,
                                                      const std::string& origin,
                                                      std::size_t& used) {
  PickleMachine machine(bytes, origin);
  const PickleValue& whole = machine.value(UNIMO_TRY(machine.run()));
  used = machine.used();
  if (whole.kind != Kind::kDict) {
    return fail(ErrorCode::kInvalid, "{}: the pickle holds {}, not a dictionary of tensors", origin,
                kind_name(whole.kind));
  }
  const PickleValue& all = model_within(machine, whole);
  const Described described(machine, origin);
  std::vector<PickledTensor> tensors;
  std::set<std::string> names;
  for (std::size_t i = 0; i + 1 < all.items.size(); i += 2) {
    const PickleValue& key = machine.value(all.items[i]);
    if (key.kind != Kind::kText)
      return fail(ErrorCode::kInvalid, "{}: a tensor's name is {}", origin, kind_name(key.kind));
    if (!names.insert(key.text).second)
      return fail(ErrorCode::kInvalid, "{}: tensor {} is there twice", origin, key.text);
    tensors.push_back(UNIMO_TRY(described.tensor(key.text, all.items[i + 1])));
  }
  return tensors;
}

Result<std::vector<std::string>> read_text_pickle(std::string_view bytes, const std::string& origin,
                                                  std::size_t& used) {
  PickleMachine machine(bytes, origin);
  const PickleValue& all = machine.value(UNIMO_TRY(machine.run()));
  used = machine.used();
  std::vector<std::string> texts;
  for (const std::uint32_t item : all.items) {
    if (all.kind != Kind::kList || machine.value(item).kind != Kind::kText)
      return fail(ErrorCode::kInvalid, "{}: a list of texts is wanted", origin);
    texts.push_back(machine.value(item).text);
  }
  return texts;
}

Status skip_pickle(std::string_view bytes, const std::string& origin, std::size_t& used) {
  PickleMachine machine(bytes, origin);
  UNIMO_TRY(machine.run());
  used = machine.used();
  return ok();
}

}  // namespace unimo::trainer
