#include "orchestrator/base/result.h"

#include <cstdio>
#include <cstdlib>

namespace unimo {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalid: return "invalid";
    case ErrorCode::kNotFound: return "not_found";
    case ErrorCode::kConflict: return "conflict";
    case ErrorCode::kIo: return "io";
    case ErrorCode::kFailed: return "failed";
    case ErrorCode::kCancelled: return "cancelled";
    case ErrorCode::kIntegrity: return "integrity";
  }
  return "unknown";
}

Error join_errors(const std::vector<Error>& errors) {
  UNIMO_CHECK(!errors.empty(), "join_errors needs at least one error");
  std::string text;
  for (const Error& error : errors) {
    if (!text.empty()) text += '\n';
    text += error.message;
  }
  return Error{errors.front().code, std::move(text)};
}

void check_failed(const char* condition, const char* file, int line, const std::string& text) {
  std::fprintf(stderr, "%s:%d: check failed: %s: %s\n", file, line, condition, text.c_str());
  std::abort();
}

}  // namespace unimo
