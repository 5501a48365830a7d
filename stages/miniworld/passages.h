// Encyclopedic paragraphs about scenes, with questions whose answers are parts of the text: for
// SQuAD, and the body of the pages of the Wikipedia dump.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stages/miniworld/draws.h"
#include "stages/miniworld/scene.h"

namespace unimo::stages {

struct SpanQuestion {
  std::string question;
  std::string answer;      // a part of the text
  std::int64_t begin = 0;  // its first character (not byte)
};

struct Passage {
  std::string text;
  std::vector<SpanQuestion> questions;
};

Passage write_passage(const Scene& scene, Draws& draws);

// "Red ball of the beach (No. 12)": unlike that of every other scene.
std::string scene_title(const Scene& scene);

}  // namespace unimo::stages
