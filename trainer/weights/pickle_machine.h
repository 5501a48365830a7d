// The machine that walks a pickle: values, a stack, a memo. tensor_pickle.h says what it is for.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::trainer {

// Values name each other by number, so that a list that holds itself is no danger.
struct PickleValue {
  enum class Kind {
    kNone,
    kNumber,  // and truth values
    kText,
    kTuple,
    kList,
    kDict,     // items: key, value, key, value …
    kName,     // text: one of the allowed names
    kStorage,  // items: those of its tuple
    kTensor,   // items: the arguments of _rebuild_tensor_v2
    kOther     // of no interest here: a fraction, a number of more than 64 bits
  };
  Kind kind = Kind::kNone;
  std::int64_t number = 0;
  std::string text;
  std::vector<std::uint32_t> items;
};
std::string_view kind_name(PickleValue::Kind kind);  // "a text"

class PickleMachine {
 public:
  // `bytes` must outlive the machine; `origin` stands in messages.
  PickleMachine(std::string_view bytes, std::string origin);

  // Walks to the STOP and gives the number of the value that is left. Once.
  Result<std::uint32_t> run();
  std::size_t used() const { return at_; }  // bytes
  const PickleValue& value(std::uint32_t number) const { return values_[number]; }

 private:
  using Kind = PickleValue::Kind;

  tl::unexpected<Error> refuse(const std::string& what) const;
  Result<std::string_view> take(std::size_t count);
  template <class T>
  Result<T> take_number();
  Result<std::string_view> take_line();

  Status step(unsigned char opcode);
  Status constant(unsigned char opcode);
  Status memo(unsigned char opcode);
  Status build(unsigned char opcode);
  Status name();
  Status call();
  Status persistent();
  Status long_number();

  void push(PickleValue value);
  Result<std::uint32_t> pop();
  // What stands on the stack above the last mark, which goes as well.
  Result<std::vector<std::uint32_t>> pop_to_mark();
  // What stands on top, which must be of that kind.
  Result<std::uint32_t> top(Kind kind);
  Result<std::vector<std::uint32_t>> pop_some(std::size_t count);

  std::string_view bytes_;
  std::string origin_;
  std::size_t at_ = 0;      // behind what has been read
  std::size_t opcode_ = 0;  // where the opcode stands
  std::vector<PickleValue> values_;
  std::vector<std::uint32_t> stack_;
  std::vector<std::size_t> marks_;  // heights of the stack
  std::map<std::uint32_t, std::uint32_t> memo_;
};

}  // namespace unimo::trainer
