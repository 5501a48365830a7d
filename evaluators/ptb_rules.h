// The rules of the Penn Treebank tokenizer, by kind of token; ptb_scanner.cc orders them.
#pragma once

#include "evaluators/ptb_text.h"

namespace unimo::eval::ptb {

// Words: ptb_words.cc.
Match word(const Text& text, std::size_t at);
Match word_before_clitic(const Text& text, std::size_t at);    // it|'s
Match word_before_not(const Text& text, std::size_t at);       // is|n't
Match clitic(const Text& text, std::size_t at);                // 's 'm 'd 're 've 'll
Match clitic_before_other(const Text& text, std::size_t at);   // the same with no letter behind
Match clitic_not(const Text& text, std::size_t at);            // n't
Match assimilation(const Text& text, std::size_t at);          // can|not, gon|na
Match apostrophe_word(const Text& text, std::size_t at);       // 'em, ma'am, D'Angelo
Match y_apostrophe(const Text& text, std::size_t at);          // y'|all
Match hyphenated(const Text& text, std::size_t at);            // 7-year-old, o'clock, a_b
Match loose_hyphenated(const Text& text, std::size_t at);      // 2.5-inch, pre-U.S.
Match slashed(const Text& text, std::size_t at);               // and/or
Match ampersand_word(const Text& text, std::size_t at);        // AT&T
Match treebank_word(const Text& text, std::size_t at);         // pro-, Cap'n, -LRB-
Match programming_language(const Text& text, std::size_t at);  // c++

// The word rules above that keep a period when one of , ; : follows it.
Match word_with_period(const Text& text, std::size_t at);

// Abbreviations: ptb_abbreviations.cc.
Match acronym_at_sentence_end(const Text& text, std::size_t at);
Match abbreviation_before_number(const Text& text, std::size_t at);
Match company_before_limited(const Text& text, std::size_t at);
Match ending_abbreviation(const Text& text, std::size_t at);
Match leading_abbreviation(const Text& text, std::size_t at);
Match acronym_without_period(const Text& text, std::size_t at);

// Whether some rule above knows these letters with a period behind them.
bool is_abbreviation(const Text& text, std::size_t at, std::size_t letters);

// Numbers: ptb_numbers.cc.
Match date(const Text& text, std::size_t at);
Match number(const Text& text, std::size_t at);
Match raised_number(const Text& text, std::size_t at);
Match fraction(const Text& text, std::size_t at);
Match fraction_sign(const Text& text, std::size_t at);
Match phone(const Text& text, std::size_t at);
Match year_with_apostrophe(const Text& text, std::size_t at);
Match dollar_sign(const Text& text, std::size_t at);
Match currency_sign(const Text& text, std::size_t at);

// Addresses and markup: ptb_web.cc.
Match sgml_tag(const Text& text, std::size_t at);
Match full_url(const Text& text, std::size_t at);
Match likely_url(const Text& text, std::size_t at);
Match file_name(const Text& text, std::size_t at);
Match email(const Text& text, std::size_t at);
Match twitter(const Text& text, std::size_t at);
Match entity(const Text& text, std::size_t at);

// Marks and white space: ptb_symbols.cc.
Match double_quote(const Text& text, std::size_t at);
Match single_quote_before_word(const Text& text, std::size_t at);
Match quotes(const Text& text, std::size_t at);
Match smiley(const Text& text, std::size_t at);
Match asian_smiley(const Text& text, std::size_t at);
Match dots(const Text& text, std::size_t at);
Match run_of_marks(const Text& text, std::size_t at);
Match single_mark(const Text& text, std::size_t at);
Match symbol(const Text& text, std::size_t at);
Match blank(const Text& text, std::size_t at);

}  // namespace unimo::eval::ptb
