// One list of fields per settings struct, walked to read it, to write it and to describe it.
//
//   struct Optimizer { double lr = 5e-5; bool fused = true; };
//   template <class V> void visit(V& v, Optimizer& c) {
//     v.field("lr", c.lr, positive(), "peak rate; the schedule scales it");
//     v.field("fused", c.fused, "one pass over all parameters");
//   }
//
// `read_fields` fills a struct from JSON and reports every unknown key (with "did you mean"), wrong
// type and value out of range at once; `write_fields` gives the complete JSON with all defaults;
// `describe_fields` the reference table. Fields may be bool, integers, double, string, a nested
// struct with a `visit`, or a vector of these. What is absent keeps its default.
#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "orchestrator/base/json.h"

namespace unimo {

// Where in the document, from its root ("optimizer.lr", "boxes[2]"), and what is wrong there.
struct FieldError {
  std::string path;
  std::string message;
  bool at_key = false;  // the key itself is wrong, not its value
};

// The values a number may take.
struct NumberRange {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false;
  bool contains(double value) const;
  std::string text() const;  // "> 0", "0 to 1"
};

inline NumberRange positive() { return {.low = 0, .low_open = true}; }
inline NumberRange not_negative() { return {.low = 0}; }
inline NumberRange fraction() { return {.low = 0, .high = 1}; }
inline NumberRange at_least(double low) { return {.low = low}; }
inline NumberRange between(double low, double high) { return {.low = low, .high = high}; }

// The texts a string may be.
struct OneOf {
  std::vector<std::string> choices;
};
inline OneOf one_of(std::vector<std::string> choices) { return {std::move(choices)}; }

struct NoCheck {};

// The candidate closest to `word` in edit distance, if close enough to be a slip.
std::optional<std::string> did_you_mean(std::string_view word,
                                        const std::vector<std::string>& candidates);

// "unknown key, did you mean lr?" or "unknown key; known here: a, b, c".
std::string unknown_key_message(std::string_view key, const std::vector<std::string>& known);

std::string join_path(std::string_view parent, std::string_view name);

template <class T>
concept Visitable = requires(T& value, struct FieldProbe& probe) {
  visit(probe, value);
};

// Only for the concept above.
struct FieldProbe {
  template <class... Args>
  void field(const char*, Args&&...) {}
};

namespace internal {

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};

std::string type_mismatch(const Json& seen, std::string_view expected);

Status check_value(const NoCheck&, const Json& value);
Status check_value(const NumberRange& range, const Json& value);
Status check_value(const OneOf& allowed, const Json& value);
std::string check_text(const NoCheck&);
std::string check_text(const NumberRange& range);
std::string check_text(const OneOf& allowed);

}  // namespace internal

class FieldReader {
 public:
  // `object` must outlive the reader. Errors are added to `errors`, with paths that begin with
  // `path`.
  FieldReader(const Json& object, std::string path, std::vector<FieldError>& errors)
      : object_(object), path_(std::move(path)), errors_(errors) {}

  template <class T>
  void field(const char* name, T& value, const char* /*description*/) {
    field(name, value, NoCheck{}, "");
  }

  template <class T, class Check>
  void field(const char* name, T& value, const Check& check, const char* /*description*/) {
    known_.emplace_back(name);
    const auto found = object_.find(name);
    if (found == object_.end()) return;
    read(*found, value, check, join_path(path_, name));
  }

  // After visit: reports the keys that no field asked for.
  void finish();

 private:
  void report(const std::string& path, std::string message) {
    errors_.push_back({path, std::move(message)});
  }

  template <class T, class Check>
  void read(const Json& seen, T& value, const Check& check, const std::string& path) {
    if constexpr (Visitable<T>) {
      if (!seen.is_object()) return report(path, internal::type_mismatch(seen, "a mapping"));
      FieldReader inner(seen, path, errors_);
      visit(inner, value);
      inner.finish();
    } else if constexpr (internal::IsVector<T>::value) {
      if (!seen.is_array()) return report(path, internal::type_mismatch(seen, "a list"));
      value.clear();
      for (std::size_t i = 0; i < seen.size(); ++i) {
        typename T::value_type item{};
        read(seen[i], item, check, fmt::format("{}[{}]", path, i));
        value.push_back(std::move(item));
      }
    } else {
      read_scalar(seen, value, path);
      if (const auto fine = internal::check_value(check, seen); !fine)
        report(path, fine.error().message);
    }
  }

  void read_scalar(const Json& seen, bool& value, const std::string& path);
  void read_scalar(const Json& seen, double& value, const std::string& path);
  void read_scalar(const Json& seen, std::string& value, const std::string& path);
  template <std::integral T>
  void read_scalar(const Json& seen, T& value, const std::string& path) {
    if (!seen.is_number_integer())
      return report(path, internal::type_mismatch(seen, "a whole number"));
    const bool fits = seen.is_number_unsigned() ? std::in_range<T>(seen.get<std::uint64_t>())
                                                : std::in_range<T>(seen.get<std::int64_t>());
    if (!fits) return report(path, fmt::format("{} is too large", seen.dump()));
    value = seen.get<T>();
  }

  const Json& object_;
  std::string path_;
  std::vector<FieldError>& errors_;
  std::vector<std::string> known_;
};

class FieldWriter {
 public:
  template <class T>
  void field(const char* name, T& value, const char* /*description*/) {
    object_[name] = write(value);
  }
  template <class T, class Check>
  void field(const char* name, T& value, const Check&, const char* description) {
    field(name, value, description);
  }
  Json take() { return std::move(object_); }

 private:
  template <class T>
  static Json write(T& value) {
    if constexpr (Visitable<T>) {
      FieldWriter inner;
      visit(inner, value);
      return inner.take();
    } else if constexpr (internal::IsVector<T>::value) {
      Json list = Json::array();
      for (auto& item : value) list.push_back(write(item));
      return list;
    } else {
      return Json(value);
    }
  }

  Json object_ = Json::object();
};

// One row of the reference table.
struct FieldDescription {
  std::string path;
  std::string type;  // "number", "whole number", "text", "yes or no", "list of …"
  std::string default_text;
  std::string allowed;  // "> 0", "one of a, b", or empty
  std::string description;
};

class FieldDescriber {
 public:
  explicit FieldDescriber(std::string path = {}) : path_(std::move(path)) {}
  template <class T>
  void field(const char* name, T& value, const char* description) {
    field(name, value, NoCheck{}, description);
  }
  template <class T, class Check>
  void field(const char* name, T& value, const Check& check, const char* description) {
    if constexpr (Visitable<T>) {
      FieldDescriber inner(join_path(path_, name));
      visit(inner, value);
      for (auto& row : inner.rows_) rows_.push_back(std::move(row));
    } else {
      FieldWriter writer;
      writer.field(name, value, description);
      rows_.push_back({join_path(path_, name), type_name<T>(), writer.take()[name].dump(),
                       internal::check_text(check), description});
    }
  }
  const std::vector<FieldDescription>& rows() const { return rows_; }

 private:
  template <class T>
  static std::string type_name() {
    if constexpr (std::is_same_v<T, bool>)
      return "true or false";
    else if constexpr (std::integral<T>)
      return "whole number";
    else if constexpr (std::floating_point<T>)
      return "number";
    else if constexpr (std::is_same_v<T, std::string>)
      return "text";
    else if constexpr (Visitable<T>)
      return "mapping";
    else
      return "list of " + type_name<typename T::value_type>();
  }
  std::string path_;
  std::vector<FieldDescription> rows_;
};

// Fills a C from `object`; on mistakes adds them to `errors` and returns what could be read.
template <class C>
C read_fields(const Json& object, std::vector<FieldError>& errors, const std::string& path = {}) {
  C config{};
  if (!object.is_object()) {
    errors.push_back({path, internal::type_mismatch(object, "a mapping")});
    return config;
  }
  FieldReader reader(object, path, errors);
  visit(reader, config);
  reader.finish();
  return config;
}

// As above, all mistakes in one Error.
template <class C>
Result<C> read_fields(const Json& object, std::string_view origin) {
  std::vector<FieldError> errors;
  C config = read_fields<C>(object, errors);
  if (errors.empty()) return config;
  std::vector<Error> messages;
  for (const FieldError& error : errors) {
    messages.push_back(
        {ErrorCode::kInvalid, fmt::format("{}: {}: {}", origin, error.path, error.message)});
  }
  return tl::unexpected(join_errors(messages));
}

template <class C>
Json write_fields(C config) {
  FieldWriter writer;
  visit(writer, config);
  return writer.take();
}

template <class C>
std::vector<FieldDescription> describe_fields() {
  C config{};
  FieldDescriber describer;
  visit(describer, config);
  return describer.rows();
}

}  // namespace unimo
