// Entailment, contradiction, neutral: pairs of texts (MNLI), and texts about pictures (SNLI-VE).
//
// What is claimed is drawn without looking at the label: kind, words, negation. The label then
// follows from what the premise tells (MNLI) or the picture shows (SNLI-VE), so that no word of the
// hypothesis gives it away.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "stages/miniworld/draws.h"
#include "stages/miniworld/scene.h"

namespace unimo::stages {

enum class Verdict { kEntailment, kNeutral, kContradiction };
std::string_view word(Verdict verdict);

struct TextPair {
  std::string premise, hypothesis;
  Verdict verdict = Verdict::kNeutral;
};

// Where a premise is said to come from; its manner of telling. The first three are MNLI's matched
// genres, the others the mismatched ones.
enum class Genre { kFiction, kTravel, kTelephone, kLetters, kFaceToFace };
std::string_view word(Genre genre);

TextPair write_text_pair(const Scene& scene, Genre genre, Draws& draws);

struct PictureClaim {
  std::string hypothesis;
  Verdict verdict = Verdict::kNeutral;
};

// Claims that the picture shows or refutes, claims about what no picture shows (whose a thing is),
// and claims that something may be so.
PictureClaim write_picture_claim(const Scene& scene, Draws& draws);

// What `count` people say who each slip with the probability `slip`.
std::vector<Verdict> ask_people(Verdict verdict, std::size_t count, double slip, Draws& draws);
// The verdict of more than half of them; of one, his. When there is none, the scene's own.
Verdict gold_of(const std::vector<Verdict>& labels, Verdict verdict);

}  // namespace unimo::stages
