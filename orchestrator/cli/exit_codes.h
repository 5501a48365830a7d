// What the exit code of `unimo` means. Documented in `unimo help-exit-codes` and docs/cli.md;
// tested.
#pragma once

#include <string_view>

#include "orchestrator/base/result.h"

namespace unimo::exit_code {

constexpr int kSuccess = 0;      // done; also: nothing to do
constexpr int kStageFailed = 1;  // a stage failed
constexpr int kUsage = 2;        // wrong usage or experiment file, or no such run
constexpr int kChanges = 3;      // plan, status or compare found changes (only with --exit-code)
constexpr int kIntegrity = 4;    // stored bytes are not what was recorded, or downloads not whole
constexpr int kTimedOut = 6;     // somebody else held the store for too long
constexpr int kEnvironment = 7;  // disk full, read error, missing program
constexpr int kInterrupted = 8;  // stopped on request, state saved; run again to go on
constexpr int kInternal = 70;    // a fault of this program

constexpr std::string_view kTable =
    "  0  success, also when there was nothing to do\n"
    "  1  a stage failed\n"
    "  2  wrong usage, wrong experiment file, or no such run\n"
    "  3  changes were found (plan, status, compare with --exit-code)\n"
    "  4  stored bytes are not what was recorded; official files are not whole (data check);\n"
    "     weights are damaged or are not those of their configuration (weights show)\n"
    "  6  another process held the store for too long\n"
    "  7  the machine failed: disk full, read error, missing program\n"
    "  8  interrupted; everything finished is kept, the same command goes on;\n"
    "     a second interrupt kills tasks that do not stop\n"
    " 70  a fault of unimo itself\n";

inline int of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalid:
    case ErrorCode::kNotFound:
    case ErrorCode::kConflict: return kUsage;
    case ErrorCode::kIo: return kEnvironment;
    case ErrorCode::kFailed: return kStageFailed;
    case ErrorCode::kCancelled: return kInterrupted;
    case ErrorCode::kIntegrity: return kIntegrity;
  }
  return kInternal;
}

}  // namespace unimo::exit_code
