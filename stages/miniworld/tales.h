// Short stories with a conversation about them, as in CoQA: questions with pronouns that only the
// turns before explain, free answers, and the place of the story that says so.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stages/miniworld/draws.h"
#include "stages/miniworld/scene.h"

namespace unimo::stages {

// Characters of the story, not bytes; -1 and -1 when the story does not say.
struct Rationale {
  std::int64_t begin = -1, end = -1;
  std::string text = "unknown";
};

struct TaleTurn {
  std::string question;
  std::string answer;               // "unknown" when the story does not say
  std::vector<std::string> others;  // the same in other people's words
  Rationale rationale;
};

struct Tale {
  std::string story;
  std::vector<TaleTurn> turns;
};

Tale write_tale(const Scene& scene, Draws& draws);

}  // namespace unimo::stages
