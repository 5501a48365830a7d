// Tavi, the second language of the mini-world, for translation: invented, small and regular, with a
// word order, genders and cases that English does not have. Its grammar is in docs/miniworld.md.
#pragma once

#include <string>

#include "stages/miniworld/caption_meaning.h"
#include "stages/miniworld/draws.h"

namespace unimo::stages {

// A sentence that claims exactly what `meaning` claims; the order of its parts and some words are
// drawn. Synonyms of English are one word in Tavi, so that who translates back has a choice.
std::string in_tavi(const CaptionMeaning& meaning, Draws& draws);

}  // namespace unimo::stages
