// VQA v2: answers to questions about pictures, against those of ten people.
//
// Metrics are percent, unrounded: vqa_accuracy; vqa_accuracy.TYPE for each type of answer (yes_no,
// number, other) and vqa_accuracy.question.TYPE for each type of question.
#pragma once

#include "orchestrator/base/result.h"
#include "stages/score/question_files.h"
#include "stages/score/scored.h"

namespace unimo::stages {

Result<Scored> score_questions(const AnnotatedQuestions& questions,
                               const PredictedVqaAnswers& predicted, int threads);

}  // namespace unimo::stages
