// Generated questions against SQuAD's (split of Du et al. 2017), as the official scripts score
// them: items are pooled by their source line, then BLEU and ROUGE-L of the COCO caption scorer.
//
//   const auto items = UNIMO_TRY(pool_questions({.sources = …, .references = …, .predictions = …},
//                                               QuestionScript::kNqg));
//   const QuestionScores scores = score_questions(items);
//
// The scripts are Python 2 and see bytes: white space and lower case are those of ASCII, and texts
// need not be UTF-8.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evaluators/bleu.h"
#include "evaluators/ngrams.h"
#include "evaluators/rouge_l.h"
#include "orchestrator/base/result.h"

namespace unimo::eval {

enum class QuestionScript {
  // eval.py of xinyadu/nqg: lines as they are.
  kNqg,
  // eval_on_unilm_tokenized_ref.py of UniLM, whose references are word pieces: everything trimmed
  // and in lower case, pieces of the references joined at "##".
  kUnilmPieces,
  // eval.py of UniLM (eval_on_unilm_qg.py elsewhere), whose references are those of nqg: sources
  // and predictions in lower case. The predictions have gone through fix_tokenization before.
  kUnilmWords,
};

std::string_view to_string(QuestionScript script);  // "nqg", "unilm_pieces", "unilm_words"

// The lines of a file as the scripts read them: all lose their last byte, which is the line end,
// and in a last line without one is text.
std::vector<std::string> official_lines(std::string_view bytes);

// Line i of each belongs together.
struct QuestionLines {
  std::span<const std::string> sources;
  std::span<const std::string> references;
  std::span<const std::string> predictions;
};

// One item for each distinct source line, in the order of first sight: the references of all its
// lines, and the prediction of the last. Lists of unequal length are kInvalid.
Result<std::vector<CaptionItem>> pool_questions(const QuestionLines& lines, QuestionScript script);

struct QuestionScores {
  Bleu bleu;
  RougeL rouge_l;
};

QuestionScores score_questions(std::span<const CaptionItem> items);

// "question_bleu|n:1-4|script:nqg|items:6652|…|version:1": one line per score.
std::string question_bleu_signature(std::span<const CaptionItem> items, QuestionScript script);
std::string question_rouge_l_signature(std::span<const CaptionItem> items, QuestionScript script);

}  // namespace unimo::eval
