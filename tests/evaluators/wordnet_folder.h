// Where WordNet's files lie for the tests that use them: UNIMO_WORDNET, or where Debian's
// wordnet-base puts them.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace unimo::eval {

inline std::filesystem::path wordnet_folder() {
  const char* folder = std::getenv("UNIMO_WORDNET");
  return folder != nullptr ? folder : "/usr/share/wordnet";
}

}  // namespace unimo::eval

#define UNIMO_NEEDS_WORDNET()                                                       \
  do {                                                                              \
    if (!std::filesystem::exists(::unimo::eval::wordnet_folder() / "index.noun")) { \
      GTEST_SKIP() << "no WordNet at " << ::unimo::eval::wordnet_folder().string()  \
                   << "; install wordnet-base or set UNIMO_WORDNET";                \
    }                                                                               \
  } while (false)
