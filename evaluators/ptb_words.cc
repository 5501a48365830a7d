// Words, their clitics and their compounds.
#include "evaluators/ptb_rules.h"

namespace unimo::eval::ptb {

namespace {

constexpr char32_t kSoftHyphen = 0xAD;

bool alnum(char32_t c) { return letter(c) || digit(c); }

// Letters and digits that begin with a letter, joined by single . ! or ?: "bigelow.taken" is one
// word.
std::size_t word_end(const Text& text, std::size_t at) {
  std::size_t end = at;
  while (true) {
    const std::size_t part = end == at ? at : end + 1;
    const std::size_t first = word_letter(text, part);
    if (first == 0) return end;
    end = part + first;
    while (true) {
      if (const std::size_t length = word_letter(text, end)) {
        end += length;
      } else if (digit(text[end])) {
        ++end;
      } else {
        break;
      }
    }
    if (!one_of(text[end], U".!?")) return end;
  }
}

std::size_t clitic_length(const Text& text, std::size_t at) {
  const std::size_t mark = apostrophe(text, at);
  if (mark == 0) return 0;
  if (one_of(lower(text[at + mark]), U"msd")) return mark + 1;
  for (const std::u32string_view rest : {U"re", U"ve", U"ll"}) {
    if (literal(text, at + mark, rest)) return mark + 2;
  }
  return 0;
}

std::size_t not_length(const Text& text, std::size_t at) {
  if (lower(text[at]) != 'n') return 0;
  const std::size_t mark = loose_apostrophe(text, at + 1);
  return mark > 0 && lower(text[at + 1 + mark]) == 't' ? mark + 2 : 0;
}

// One part of a hyphenated word, with the beginning of d'Avignon, O'Brien or l'amour.
std::size_t compound_part_end(const Text& text, std::size_t at) {
  const std::size_t plain = run_end(text, at, alnum);
  if (!one_of(lower(text[at]), U"dol")) return plain;
  const std::size_t mark = loose_apostrophe(text, at + 1);
  const std::size_t rest = at + 1 + mark;
  if (mark == 0 || !alnum(text[rest]) || !alnum(text[rest + 1])) return plain;
  return run_end(text, rest, alnum);
}

std::size_t hyphenated_end(const Text& text, std::size_t at) {
  std::size_t end = compound_part_end(text, at);
  if (end == at) return at;
  while (one_of(text[end], U"-_\u058A\u2010\u2011")) {
    const std::size_t next = compound_part_end(text, end + 1);
    if (next == end + 1) break;
    end = next;
  }
  return end;
}

// Initials of two letters or more with the period behind them, as the last part of "pre-U.S.".
std::size_t closed_initials_end(const Text& text, std::size_t at) {
  if (!ascii_alpha(text[at])) return at;
  std::size_t best = at;
  for (std::size_t end = at + 1; text[end] == '.' && ascii_alpha(text[end + 1]);) {
    end += 2;
    if (text[end] == '.') best = end + 1;
  }
  return best;
}

std::size_t loose_hyphenated_end(const Text& text, std::size_t at) {
  if (!ascii_alnum(text[at])) return at;
  std::size_t end = run_end(text, at, [](char32_t c) {
    return ascii_alnum(c) || c == '.' || c == ',' || c == kSoftHyphen;
  });
  std::size_t best = at;
  while (text[end] == '-') {
    const std::size_t plain =
        run_end(text, end + 1, [](char32_t c) { return ascii_alnum(c) || c == kSoftHyphen; });
    const std::size_t next = std::max(plain, closed_initials_end(text, end + 1));
    if (next == end + 1) break;
    best = end = next;
  }
  return best;
}

// Letters or digits with up to two hyphenated words behind.
std::size_t slash_part_end(const Text& text, std::size_t at) {
  std::size_t end = run_end(text, at, ascii_alnum);
  if (end == at) return at;
  for (int i = 0; i < 2 && text[end] == '-' && ascii_alpha(text[end + 1]); ++i) {
    end = run_end(text, end + 1, ascii_alpha);
  }
  return end;
}

bool capital(char32_t c) { return c >= 'A' && c <= 'Z'; }

std::size_t ampersand_word_end(const Text& text, std::size_t at) {
  std::size_t end = run_end(text, at, capital);
  std::size_t best = at;
  while (end > at) {
    std::size_t joint = text[end] == '&' || text[end] == '+' ? 1 : 0;
    const std::size_t entity_length = literal(text, end, U"&amp;");
    if (entity_length > 0 && capital(text[end + entity_length])) joint = entity_length;
    if (joint == 0 || !capital(text[end + joint])) break;
    best = end = run_end(text, end + joint, capital);
  }
  return best;
}

// Borrowed words: a capital or n, an apostrophe, two letters or more (D'Angelo, n'ts).
std::size_t borrowed_length(const Text& text, std::size_t at) {
  const char32_t c = text[at];
  if (c != 'n' && (!capital(c) || c == 'I' || c == 'Y')) return 0;
  const std::size_t mark = loose_apostrophe(text, at + 1);
  if (mark == 0) return 0;
  const std::size_t end = run_end(text, at + 1 + mark, letter);
  return end >= at + mark + 3 ? end - at : 0;
}

// A glottal stop or a French ending inside a word: ma'am, Shi'ite.
std::size_t inner_apostrophe_length(const Text& text, std::size_t at) {
  const std::size_t end = run_end(text, at, letter);
  if (end < at + 2 || !one_of(lower(text[end - 1]), U"aeiouy")) return 0;
  const std::size_t mark = loose_apostrophe(text, end);
  const char32_t next = text[end + mark];
  if (mark == 0 || !(one_of(next, U"aeiou") || capital(next))) return 0;
  return run_end(text, end + mark + 1, letter) - at;
}

// Words that begin with an apostrophe: 'em, 'n', 'til, 'cause, '90s.
std::size_t leading_apostrophe_length(const Text& text, std::size_t at) {
  const std::size_t mark = apostrophe(text, at);
  if (mark == 0) return 0;
  const std::size_t rest = at + mark;
  std::size_t best = 0;
  if (lower(text[rest]) == 'n') best = mark + 1 + apostrophe(text, rest + 1);
  for (const std::u32string_view tail : {U"em", U"till", U"til", U"cause"}) {
    if (const std::size_t length = literal(text, rest, tail)) best = std::max(best, mark + length);
  }
  const bool decade = text[rest] >= '2' && text[rest] <= '9' && literal(text, rest + 1, U"0s") > 0;
  return decade ? std::max(best, mark + 3) : best;
}

// Words that end in an apostrophe: l', d', j', ol', somethin', Dunkin'.
std::size_t trailing_apostrophe_length(const Text& text, std::size_t at) {
  for (const std::u32string_view head : {U"l", U"d", U"j", U"ol", U"somethin", U"dunkin"}) {
    if (!literal(text, at, head)) continue;
    if (const std::size_t mark = apostrophe(text, at + head.size())) return head.size() + mark;
  }
  return 0;
}

Match with_period_before_pause(const Text& text, std::size_t at, std::size_t end, Form form) {
  if (end == at || text[end] != '.' || !one_of(text[end + 1], U",;:\u3001")) return {};
  return {end + 1 - at, end + 2 - at, form};
}

}  // namespace

Match word(const Text& text, std::size_t at) { return whole(word_end(text, at) - at, Form::kWord); }

Match word_before_clitic(const Text& text, std::size_t at) {
  const std::size_t end = word_end(text, at);
  const std::size_t behind = end > at ? clitic_length(text, end) : 0;
  if (behind == 0) return {};
  return {end - at, end - at + behind, Form::kWord};
}

Match word_before_not(const Text& text, std::size_t at) {
  const std::size_t run =
      run_end(text, at, [](char32_t c) { return ascii_alpha(c) || c == kSoftHyphen; });
  if (run < at + 2) return {};
  const std::size_t end = run - 1;  // the n belongs to n't
  const std::size_t behind = not_length(text, end);
  std::size_t last = end;
  while (last > at && text[last - 1] == kSoftHyphen) --last;
  if (behind == 0 || last == at || lower(text[last - 1]) == 'n') return {};
  return {end - at, end - at + behind, Form::kWord};
}

Match clitic(const Text& text, std::size_t at) {
  return whole(clitic_length(text, at), Form::kQuote);
}

Match clitic_before_other(const Text& text, std::size_t at) {
  const std::size_t length = clitic_length(text, at);
  if (length == 0 || text[at + length] == kEnd || ascii_alpha(text[at + length])) return {};
  return {length, length + 1, Form::kQuote};
}

Match clitic_not(const Text& text, std::size_t at) {
  return whole(not_length(text, at), Form::kQuote);
}

Match assimilation(const Text& text, std::size_t at) {
  if (literal(text, at, U"cannot")) return {3, 6, Form::kAsIs};
  if (literal(text, at, U"'twas")) return {2, 5, Form::kAsIs};
  for (const std::u32string_view both : {U"gonna", U"gotta", U"lemme", U"gimme", U"wanna"}) {
    if (literal(text, at, both)) return {3, 5, Form::kAsIs};
  }
  return {};
}

Match apostrophe_word(const Text& text, std::size_t at) {
  std::size_t best =
      std::max({leading_apostrophe_length(text, at), trailing_apostrophe_length(text, at),
                borrowed_length(text, at), inner_apostrophe_length(text, at)});
  for (const std::u32string_view known : {U"cont'd.", U"cont'd", U"nor'easter", U"c'mon", U"e'er",
                                          U"s'mores", U"ev'ry", U"li'l", U"nat'l"}) {
    best = std::max(best, literal(text, at, known));
  }
  if (lower(text[at]) == 'o') {
    const std::size_t mark = loose_apostrophe(text, at + 1);
    if (mark > 0 && lower(text[at + 1 + mark]) == 'o') best = std::max(best, mark + 2);
  }
  return whole(best);
}

Match y_apostrophe(const Text& text, std::size_t at) {
  if (lower(text[at]) != 'y') return {};
  const std::size_t mark = apostrophe(text, at + 1);
  if (mark == 0 || !letter(text[at + 1 + mark])) return {};
  return {1 + mark, 2 + mark, Form::kAsIs};
}

Match hyphenated(const Text& text, std::size_t at) { return whole(hyphenated_end(text, at) - at); }

Match loose_hyphenated(const Text& text, std::size_t at) {
  return whole(loose_hyphenated_end(text, at) - at, Form::kWord);
}

Match slashed(const Text& text, std::size_t at) {
  std::size_t end = slash_part_end(text, at);
  if (end == at) return {};
  std::size_t best = at;
  for (int i = 0; i < 2; ++i) {
    const std::size_t slash = text[end] == '\\' ? end + 1 : end;
    if (text[slash] != '/') break;
    const std::size_t next = slash_part_end(text, slash + 1);
    if (next == slash + 1) break;
    best = end = next;
  }
  return whole(best - at);
}

Match ampersand_word(const Text& text, std::size_t at) {
  return whole(ampersand_word_end(text, at) - at, Form::kAmpersand);
}

Match treebank_word(const Text& text, std::size_t at) {
  if (!one_of(lower(text[at]), U"-cpas")) return {};  // the first characters below
  std::size_t best = 0;
  for (const std::u32string_view known :
       {U"-rrb-", U"-lrb-", U"-rcb-", U"-lcb-", U"-rsb-", U"-lsb-", U"c.d.s", U"pro-", U"anti-",
        U"s&p-500", U"s&amp;p-500", U"s&ls", U"s&amp;ls"}) {
    best = std::max(best, literal(text, at, known));
  }
  if (literal(text, at, U"cap")) {
    const std::size_t mark = apostrophe(text, at + 3);
    if (mark > 0 && lower(text[at + 3 + mark]) == 'n') best = std::max(best, mark + 4);
  }
  if (lower(text[at]) == 'c') {
    const std::size_t mark = apostrophe(text, at + 1);
    if (mark > 0 && literal(text, at + 1 + mark, U"est")) best = std::max(best, mark + 4);
  }
  return whole(best, Form::kAmpersand);
}

Match programming_language(const Text& text, std::size_t at) {
  for (const std::u32string_view known : {U"c++", U"c#", U"f#"}) {
    if (const std::size_t length = literal(text, at, known)) return whole(length);
  }
  return {};
}

Match word_with_period(const Text& text, std::size_t at) {
  Match best = with_period_before_pause(text, at, word_end(text, at), Form::kWord);
  best =
      longer(best, with_period_before_pause(text, at, loose_hyphenated_end(text, at), Form::kWord));
  best = longer(best, with_period_before_pause(text, at, hyphenated_end(text, at), Form::kAsIs));
  return longer(best,
                with_period_before_pause(text, at, ampersand_word_end(text, at), Form::kAmpersand));
}

}  // namespace unimo::eval::ptb
