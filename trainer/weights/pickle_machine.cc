#include "trainer/weights/pickle_machine.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "trainer/text/utf8.h"

namespace unimo::trainer {

namespace {

constexpr std::string_view kDictName = "collections.OrderedDict";
constexpr std::string_view kTensorName = "torch._utils._rebuild_tensor_v2";
constexpr std::string_view kParameterName = "torch._utils._rebuild_parameter";
// Everything that a pickle may name.
constexpr std::array<std::string_view, 13> kAllowed = {kDictName,
                                                       kTensorName,
                                                       kParameterName,
                                                       "torch.FloatStorage",
                                                       "torch.DoubleStorage",
                                                       "torch.HalfStorage",
                                                       "torch.BFloat16Storage",
                                                       "torch.LongStorage",
                                                       "torch.IntStorage",
                                                       "torch.ShortStorage",
                                                       "torch.CharStorage",
                                                       "torch.ByteStorage",
                                                       "torch.BoolStorage"};

// Arguments are copied from their tuple: a long one that is used again and again would fill memory.
constexpr std::size_t kMostArguments = 8;

// The opcodes that are taken; pickletools names them so.
enum Opcode : unsigned char {
  kProto = 0x80,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kLong1 = 0x8a,
  kMark = '(',
  kEmptyTuple = ')',
  kStop = '.',
  kBinFloat = 'G',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kNone = 'N',
  kBinPersId = 'Q',
  kReduce = 'R',
  kShortBinString = 'U',
  kBinUnicode = 'X',
  kEmptyList = ']',
  kAppend = 'a',
  kBuild = 'b',
  kGlobal = 'c',
  kAppends = 'e',
  kBinGet = 'h',
  kLongBinGet = 'j',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kSetItem = 's',
  kTuple = 't',
  kSetItems = 'u',
  kEmptyDict = '}'
};

}  // namespace

std::string_view kind_name(PickleValue::Kind kind) {
  constexpr std::array<std::string_view, 10> kNames = {
      "nothing",      "a number", "a text",    "a tuple",  "a list",
      "a dictionary", "a name",   "a storage", "a tensor", "a value of another kind"};
  return kNames[static_cast<std::size_t>(kind)];
}

PickleMachine::PickleMachine(std::string_view bytes, std::string origin)
    : bytes_(bytes), origin_(std::move(origin)) {}

tl::unexpected<Error> PickleMachine::refuse(const std::string& what) const {
  return fail(ErrorCode::kInvalid, "{}: byte {} of the pickle: {}", origin_, opcode_, what);
}

Result<std::string_view> PickleMachine::take(std::size_t count) {
  if (count > bytes_.size() - at_) return refuse("it ends in the middle: it was cut off");
  at_ += count;
  return bytes_.substr(at_ - count, count);
}

template <class T>
Result<T> PickleMachine::take_number() {
  const std::string_view bytes = UNIMO_TRY(take(sizeof(T)));
  T value{};
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

Result<std::string_view> PickleMachine::take_line() {
  const std::size_t end = bytes_.find('\n', at_);
  if (end == std::string_view::npos) return refuse("it ends in the middle: it was cut off");
  const std::string_view line = bytes_.substr(at_, end - at_);
  at_ = end + 1;
  return line;
}

void PickleMachine::push(PickleValue value) {
  stack_.push_back(static_cast<std::uint32_t>(values_.size()));
  values_.push_back(std::move(value));
}

Result<std::uint32_t> PickleMachine::pop() {
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back()))
    return refuse("the stack is empty: it is damaged");
  const std::uint32_t value = stack_.back();
  stack_.pop_back();
  return value;
}

Result<std::vector<std::uint32_t>> PickleMachine::pop_some(std::size_t count) {
  std::vector<std::uint32_t> values(count);
  for (std::size_t i = count; i-- > 0;) values[i] = UNIMO_TRY(pop());
  return values;
}

Result<std::vector<std::uint32_t>> PickleMachine::pop_to_mark() {
  if (marks_.empty()) return refuse("there is no mark: it is damaged");
  const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<std::uint32_t> values(begin, stack_.end());
  stack_.erase(begin, stack_.end());
  marks_.pop_back();
  return values;
}

Result<std::uint32_t> PickleMachine::top(Kind kind) {
  const std::uint32_t value = UNIMO_TRY(pop());
  stack_.push_back(value);
  if (values_[value].kind == kind) return value;
  return refuse(
      fmt::format("{} where {} must stand", kind_name(values_[value].kind), kind_name(kind)));
}

Result<std::uint32_t> PickleMachine::run() {
  while (true) {
    opcode_ = at_;
    const auto opcode = UNIMO_TRY(take_number<unsigned char>());
    if (opcode == kStop) break;
    UNIMO_TRY(step(opcode));
  }
  return pop();
}

Status PickleMachine::step(unsigned char opcode) {
  switch (opcode) {
    case kProto: {
      const auto protocol = UNIMO_TRY(take_number<unsigned char>());
      if (protocol == 2) return ok();
      return refuse(fmt::format(
          "protocol {}: torch.save writes protocol 2, and only that is read; nothing was run",
          protocol));
    }
    case kGlobal: return name();
    case kReduce: return call();
    case kBinPersId: return persistent();
    case kMark: marks_.push_back(stack_.size()); return ok();
    case kBinPut:
    case kLongBinPut:
    case kBinGet:
    case kLongBinGet: return memo(opcode);
    case kTuple:
    case kTuple1:
    case kTuple2:
    case kTuple3:
    case kAppend:
    case kAppends:
    case kSetItem:
    case kSetItems:
    case kBuild: return build(opcode);
    default: return constant(opcode);
  }
}

Status PickleMachine::constant(unsigned char opcode) {
  const auto number = [this](std::int64_t value) {
    push({.kind = Kind::kNumber, .number = value, .text = {}, .items = {}});
    return ok();
  };
  const auto empty = [this](Kind kind) {
    push({.kind = kind, .number = 0, .text = {}, .items = {}});
    return ok();
  };
  switch (opcode) {
    case kNone: return empty(Kind::kNone);
    case kNewTrue: return number(1);
    case kNewFalse: return number(0);
    case kBinInt: return number(UNIMO_TRY(take_number<std::int32_t>()));
    case kBinInt1: return number(UNIMO_TRY(take_number<std::uint8_t>()));
    case kBinInt2: return number(UNIMO_TRY(take_number<std::uint16_t>()));
    case kLong1: return long_number();
    case kBinFloat: UNIMO_TRY(take(8)); return empty(Kind::kOther);
    case kEmptyTuple: return empty(Kind::kTuple);
    case kEmptyList: return empty(Kind::kList);
    case kEmptyDict: return empty(Kind::kDict);
    case kShortBinString:
    case kBinUnicode: {
      const std::size_t size = opcode == kBinUnicode ? UNIMO_TRY(take_number<std::uint32_t>())
                                                     : UNIMO_TRY(take_number<std::uint8_t>());
      const std::string_view text = UNIMO_TRY(take(size));
      if (!is_valid_utf8(text)) return refuse("a text that is not UTF-8");
      push({.kind = Kind::kText, .number = 0, .text = std::string(text), .items = {}});
      return ok();
    }
    default: break;
  }
  return refuse(fmt::format(
      "opcode {:#04x} is none that torch.save writes; only tensors are read, nothing was run",
      opcode));
}

// Two's complement of any length.
Status PickleMachine::long_number() {
  const std::size_t size = UNIMO_TRY(take_number<std::uint8_t>());
  const std::string_view bytes = UNIMO_TRY(take(size));
  if (size > 8) {
    push({.kind = Kind::kOther, .number = 0, .text = {}, .items = {}});
    return ok();
  }
  const bool negative = size > 0 && (static_cast<unsigned char>(bytes.back()) & 0x80U) != 0;
  std::int64_t value = negative ? -1 : 0;
  if (size > 0) std::memcpy(&value, bytes.data(), size);
  push({.kind = Kind::kNumber, .number = value, .text = {}, .items = {}});
  return ok();
}

Status PickleMachine::memo(unsigned char opcode) {
  const bool is_short = opcode == kBinPut || opcode == kBinGet;
  const std::uint32_t key =
      is_short ? UNIMO_TRY(take_number<std::uint8_t>()) : UNIMO_TRY(take_number<std::uint32_t>());
  if (opcode == kBinPut || opcode == kLongBinPut) {
    const std::uint32_t value = UNIMO_TRY(pop());
    stack_.push_back(value);
    memo_[key] = value;
    return ok();
  }
  const auto found = memo_.find(key);
  if (found == memo_.end()) return refuse(fmt::format("there is no memo {}", key));
  stack_.push_back(found->second);
  return ok();
}

// What puts values into others.
Status PickleMachine::build(unsigned char opcode) {
  if (opcode == kBuild) {
    // The state of an OrderedDict: remarks on modules (_metadata), of no interest here.
    UNIMO_TRY(pop());
    UNIMO_TRY(top(Kind::kDict));
    return ok();
  }
  std::vector<std::uint32_t> items;
  switch (opcode) {
    case kTuple1: items = UNIMO_TRY(pop_some(1)); break;
    case kTuple2: items = UNIMO_TRY(pop_some(2)); break;
    case kTuple3: items = UNIMO_TRY(pop_some(3)); break;
    case kAppend: items = UNIMO_TRY(pop_some(1)); break;
    case kSetItem: items = UNIMO_TRY(pop_some(2)); break;
    default: items = UNIMO_TRY(pop_to_mark()); break;
  }
  const bool list = opcode == kAppend || opcode == kAppends;
  if (list || opcode == kSetItem || opcode == kSetItems) {
    if (!list && items.size() % 2 != 0) return refuse("a key without a value");
    auto& into = values_[UNIMO_TRY(top(list ? Kind::kList : Kind::kDict))].items;
    into.insert(into.end(), items.begin(), items.end());
    return ok();
  }
  push({.kind = Kind::kTuple, .number = 0, .text = {}, .items = std::move(items)});
  return ok();
}

Status PickleMachine::name() {
  const std::string_view module = UNIMO_TRY(take_line());
  const std::string_view attribute = UNIMO_TRY(take_line());
  std::string whole = repair_utf8(fmt::format("{}.{}", module, attribute));
  if (std::find(kAllowed.begin(), kAllowed.end(), whole) == kAllowed.end()) {
    return refuse(fmt::format(
        "it names {}; only tensors are read, nothing was run: do not trust this file", whole));
  }
  push({.kind = Kind::kName, .number = 0, .text = std::move(whole), .items = {}});
  return ok();
}

// A name with its arguments. Nothing is called: the arguments are kept as what they describe.
Status PickleMachine::call() {
  const std::uint32_t arguments = UNIMO_TRY(top(Kind::kTuple));
  UNIMO_TRY(pop());
  const std::string callee = values_[UNIMO_TRY(top(Kind::kName))].text;
  UNIMO_TRY(pop());
  if (values_[arguments].items.size() > kMostArguments)
    return refuse(fmt::format("{} with more arguments than it has", callee));
  const std::vector<std::uint32_t> items = values_[arguments].items;
  if (callee == kDictName && items.empty()) {
    push({.kind = Kind::kDict, .number = 0, .text = {}, .items = {}});
    return ok();
  }
  if (callee == kTensorName) {
    push({.kind = Kind::kTensor, .number = 0, .text = {}, .items = items});
    return ok();
  }
  if (callee == kParameterName && !items.empty() && values_[items[0]].kind == Kind::kTensor) {
    stack_.push_back(items[0]);
    return ok();
  }
  return refuse(fmt::format("{} with arguments that torch.save does not give it", callee));
}

Status PickleMachine::persistent() {
  const std::uint32_t tuple = UNIMO_TRY(top(Kind::kTuple));
  UNIMO_TRY(pop());
  if (values_[tuple].items.size() > kMostArguments)
    return refuse("a storage that is not described as torch.save does it");
  push({.kind = Kind::kStorage, .number = 0, .text = {}, .items = values_[tuple].items});
  return ok();
}

}  // namespace unimo::trainer
