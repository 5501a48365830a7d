// Where the golden cases of the scorers lie, and how a test asks for them.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "orchestrator/base/json.h"

namespace unimo::eval {

inline std::filesystem::path golden(const std::string& name) {
  return std::filesystem::path(UNIMO_SHARED_DATA) / "golden" / name;
}

inline Json golden_json(const std::string& name) { return read_json(golden(name)).value(); }

}  // namespace unimo::eval

#define UNIMO_NEEDS_GOLDEN(name)                                                    \
  do {                                                                              \
    if (!std::filesystem::exists(::unimo::eval::golden(name))) {                    \
      GTEST_SKIP() << "no golden cases at " << ::unimo::eval::golden(name).string() \
                   << "; set UNIMO_SHARED_DATA";                                    \
    }                                                                               \
  } while (false)
