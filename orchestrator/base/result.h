// Errors as values: `Error`, `Result<T>`, `Status`, and the macros that pass them on.
//
// A failure somebody may act on travels as `Result<T>`. Its message names the file and line, the
// value seen, and what would be right. A broken invariant of our own is `UNIMO_CHECK`, which stops
// the program. Nothing here is tied to a thread; errors are plain values.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace unimo {

enum class ErrorCode {
  kInvalid,    // the user's input is wrong; the message says where and how to mend it
  kNotFound,   // something named is not there
  kConflict,   // somebody else holds it, or it already exists with other content
  kIo,         // the machine failed: disk full, permission, read error
  kFailed,     // a stage or child program failed
  kCancelled,  // asked to stop
  kIntegrity,  // stored bytes are not what was recorded
};

std::string_view to_string(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kFailed;
  std::string message;
};

// Builds an Error: `return fail(ErrorCode::kInvalid, "{}:{}: negative width {}", file, line,
// width);`
template <typename... Args>
tl::unexpected<Error> fail(ErrorCode code, fmt::format_string<Args...> text, Args&&... args) {
  return tl::unexpected<Error>(Error{code, fmt::format(text, std::forward<Args>(args)...)});
}

// A value or an Error. `Result<void>` is spelled `Status`; return `ok()` from it.
template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

using Status = Result<void>;

inline Status ok() { return {}; }

// Several user mistakes as one Error: one line each, so that all can be mended at once.
Error join_errors(const std::vector<Error>& errors);

[[noreturn]] void check_failed(const char* condition, const char* file, int line,
                               const std::string& text);

}  // namespace unimo

// Unwraps a Result or returns its Error from the enclosing function.
//   const auto text = UNIMO_TRY(read_file(path));
#define UNIMO_TRY(expression)                                     \
  __extension__({                                                 \
    auto&& unimo_try_result = (expression);                       \
    if (!unimo_try_result.has_value()) {                          \
      return tl::unexpected(std::move(unimo_try_result).error()); \
    }                                                             \
    ::unimo::internal::take(std::move(unimo_try_result));         \
  })

// Stops the program, saying where and why, when an invariant of this code is broken.
#define UNIMO_CHECK(condition, ...)                                                      \
  do {                                                                                   \
    if (!(condition)) [[unlikely]] {                                                     \
      ::unimo::check_failed(#condition, __FILE__, __LINE__, ::fmt::format(__VA_ARGS__)); \
    }                                                                                    \
  } while (false)

namespace unimo::internal {
inline void take(Status&&) {}
template <typename T>
T take(Result<T>&& result) {
  return std::move(result).value();
}
}  // namespace unimo::internal
