// Questions about pictures with what ten people answer (VQA v2), and the same as question and
// answer of Visual Genome.
#pragma once

#include <string>
#include <vector>

#include "stages/miniworld/draws.h"
#include "stages/miniworld/scene.h"

namespace unimo::stages {

struct PictureQuestion {
  std::string question;
  std::string question_type;  // the words it begins with, from VQA's list
  std::string answer_type;    // yes/no, number, other
  std::string answer;         // as the scene has it
};

// `count` different questions: whether something is there, how things lie, how many there are,
// colours, places. Yes and no are equally frequent for every wording.
std::vector<PictureQuestion> write_picture_questions(const Scene& scene, std::size_t count,
                                                     Draws& draws);

struct PersonsAnswer {
  std::string answer;
  std::string confidence;  // yes, maybe, no
};
// Ten: most agree; some use another word, some are wrong.
std::vector<PersonsAnswer> ask_ten_people(const PictureQuestion& question, Draws& draws);

// The most frequent answer, the first in the alphabet among equals.
std::string majority_answer(const std::vector<PersonsAnswer>& answers);

// What an answer earns, 0 to 1: min(1, matches among the other nine / 3), averaged over the ten.
double answer_credit(const std::string& answer, const std::vector<PersonsAnswer>& answers);

}  // namespace unimo::stages
