// What the published evaluations do to generated texts and references before they score them. Texts
// are UTF-8, one item each, as a decoder wrote it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace unimo::eval {

// CNN/DailyMail predictions of UniLM (70 words), ERNIE-GEN and UNIMO (100) and ProphetNet (no
// limit).
struct SummaryRules {
  std::size_t max_words = 0;    // of the whole summary; 0: no limit
  double duplicate_rate = 0.7;  // a sentence goes when more of its words stood before; 1: none goes
};

// The sentences of a generated summary: split at "[X_SEP]", each with fixed tokens
// (fix_tokenization.h), without those of four words or fewer, without those whose distinct words
// mostly stood in sentences before (kept or not), cut to the limit.
std::vector<std::string> summary_sentences(std::string_view generated, const SummaryRules& rules);

// "post:unilm|duplicates:0.7|words:70": one part of a score's signature.
std::string summary_rules_signature(const SummaryRules& rules);

// A generated Gigaword headline: fixed tokens, then every 1 becomes #, because the models were
// trained with 1 in place of the corpus's #.
std::string gigaword_headline(std::string_view generated);

// A CoQA answer with "it ' s not" as "it 's not", by ERNIE-GEN's replacements. They need a blank
// behind: a clitic at the end stays split.
std::string join_clitics(std::string_view answer);

// BERT's word pieces joined: "play ##ing" to "playing". Other white space becomes one blank.
std::string join_word_pieces(std::string_view text);

// What UniLM's variant of pyrouge does to a finished summary: lower case, and -lrb- to ( and so on,
// so that a bracket's name is not scored as a word. Plain pyrouge does not.
std::string unilm_rouge_text(std::string_view summary);

// Tokenised text with a line break after each token ".", "?" or "!", for systems that mark no
// sentences.
std::string lines_at_end_marks(std::string_view tokens);

}  // namespace unimo::eval
