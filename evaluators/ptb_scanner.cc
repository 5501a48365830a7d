#include "evaluators/ptb_scanner.h"

#include "evaluators/ptb_rules.h"

namespace unimo::eval::ptb {

namespace {

// On a tie the earlier rule wins.
constexpr Rule kRules[] = {programming_language,
                           assimilation,
                           sgml_tag,
                           entity,
                           word_before_clitic,
                           word_before_not,
                           word,
                           apostrophe_word,
                           y_apostrophe,
                           full_url,
                           likely_url,
                           email,
                           twitter,
                           clitic_before_other,
                           clitic_not,
                           date,
                           number,
                           raised_number,
                           fraction,
                           fraction_sign,
                           treebank_word,
                           slashed,
                           dollar_sign,
                           currency_sign,
                           acronym_at_sentence_end,
                           abbreviation_before_number,
                           company_before_limited,
                           ending_abbreviation,
                           leading_abbreviation,
                           acronym_without_period,
                           year_with_apostrophe,
                           file_name,
                           word_with_period,
                           phone,
                           double_quote,
                           smiley,
                           asian_smiley,
                           single_mark,
                           dots,
                           run_of_marks,
                           loose_hyphenated,
                           hyphenated,
                           ampersand_word,
                           single_quote_before_word,
                           clitic,
                           quotes,
                           symbol,
                           blank};

Match longest_match(const Text& text, std::size_t at) {
  if (text[at] == ' ') return whole(1, Form::kSkip);
  Match best;
  for (const Rule rule : kRules) {
    const Match match = rule(text, at);
    if (match.token > 0) best = longer(best, match);
  }
  return best.token > 0 ? best : whole(1, Form::kUntokenizable);
}

// Most tokens are plain letters, with a blank behind or with the comma or period of a sentence; no
// other rule can reach further there. Returns 0 where the rules must decide.
std::size_t plain_word_length(const Text& text, std::size_t at) {
  const std::size_t end = run_end(text, at, ascii_alpha);
  if (end == at) return 0;
  const char32_t next = text[end];
  const char32_t after = text[end + 1];
  const bool gap = next == ' ' || next == '\n';
  const bool comma = next == ',' && after == ' ';
  const bool period = next == '.' && (after == ' ' || after == '\n') && end > at + 1 &&
                      !is_abbreviation(text, at, end - at);
  if (!gap && !comma && !period) return 0;
  return assimilation(text, at).token > 0 ? 0 : end - at;
}

bool is_plain_mark(const Text& text, std::size_t at) {
  return (text[at] == ',' && text[at + 1] == ' ') || (text[at] == '.' && text[at + 1] == '\n');
}

// The plain tokens are ASCII.
std::string plain_text(std::u32string_view piece) {
  std::string token;
  for (const char32_t c : piece) token.push_back(static_cast<char>(lower(c)));
  return token;
}

std::u32string replaced(std::u32string_view text, std::u32string_view from,
                        std::u32string_view to) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at, from.size()) == from) {
      out += to;
      at += from.size();
    } else {
      out.push_back(text[at++]);
    }
  }
  return out;
}

// Entities are recognised in either case.
std::u32string without_entity(std::u32string_view text, std::u32string_view entity_text,
                              std::u32string_view to) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size();) {
    if (literal(Text(text), at, entity_text)) {
      out += to;
      at += entity_text.size();
    } else {
      out.push_back(text[at++]);
    }
  }
  return out;
}

// A token of nothing else leaves a hyphen.
std::u32string without_soft_hyphens(std::u32string_view piece) {
  const std::u32string text = replaced(piece, U"\u00AD", U"");
  return text.empty() ? U"-" : text;
}

std::u32string_view quote_form(char32_t c, bool opening) {
  switch (c) {
    case '\'': return opening ? U"`" : U"'";
    case '"': return opening ? U"``" : U"''";
    case 0x91:
    case 0x2018:
    case 0x201B:
    case 0x2039: return U"`";
    case 0x92:
    case 0x2019:
    case 0x203A: return U"'";
    case 0x93:
    case 0x201C:
    case 0xAB: return U"``";
    case 0x94:
    case 0x201D:
    case 0xBB: return U"''";
    default: return {};
  }
}

std::u32string quoted(std::u32string_view piece, bool opening) {
  const std::u32string decoded =
      without_entity(without_entity(piece, U"&apos;", U"'"), U"&quot;", U"\"");
  std::u32string out;
  for (const char32_t c : decoded) {
    const std::u32string_view form = quote_form(c, opening);
    if (form.empty()) {
      out.push_back(c);
    } else {
      out += form;
    }
  }
  return out;
}

std::u32string_view bracket_name(char32_t c) {
  switch (c) {
    case '(': return U"-LRB-";
    case ')': return U"-RRB-";
    case '[': return U"-LSB-";
    case ']': return U"-RSB-";
    case '{': return U"-LCB-";
    case '}': return U"-RCB-";
    default: return {};
  }
}

// Inside a longer token only the round ones are named.
std::u32string bracketed(std::u32string_view piece) {
  if (piece.size() == 1) return std::u32string(bracket_name(piece[0]));
  return replaced(replaced(piece, U"(", U"-LRB-"), U")", U"-RRB-");
}

std::u32string fraction_text(char32_t c) {
  switch (c) {
    case 0xBC: return U"1/4";
    case 0xBD: return U"1/2";
    case 0xBE: return U"3/4";
    case 0x2153: return U"1/3";
    case 0x2154: return U"2/3";
    default: return std::u32string(1, c);
  }
}

std::u32string currency_text(char32_t c) {
  switch (c) {
    case 0xA2: return U"cents";
    case 0xA3: return U"#";
    case 0x80:
    case 0xA4:
    case 0x20A0:
    case 0x20AC: return U"$";
    default: return std::u32string(1, c);
  }
}

std::u32string token_text(std::u32string_view piece, Form form) {
  switch (form) {
    case Form::kWord: return without_soft_hyphens(piece);
    case Form::kNoBreak: return replaced(piece, U" ", U"\u00A0");
    case Form::kPhone: return bracketed(replaced(piece, U" ", U"\u00A0"));
    case Form::kBrackets: return bracketed(piece);
    case Form::kFraction: return fraction_text(piece[0]);
    case Form::kCurrency: return currency_text(piece[0]);
    case Form::kAmpersand: return without_entity(piece, U"&amp;", U"&");
    case Form::kQuote: return quoted(piece, false);
    case Form::kOpeningQuote: return quoted(piece, true);
    case Form::kDash: return U"--";
    case Form::kEllipsis: return U"...";
    case Form::kHyphens:
      return piece.size() == 3 || piece.size() == 4 ? U"--" : std::u32string(piece);
    case Form::kLessThan: return U"<";
    case Form::kGreaterThan: return U">";
    default: return std::u32string(piece);
  }
}

}  // namespace

std::vector<std::vector<std::string>> scan_lines(std::u32string_view characters) {
  const Text text(characters);
  std::vector<std::vector<std::string>> lines(1);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t plain = is_plain_mark(text, at) ? 1 : plain_word_length(text, at);
    if (plain > 0) {
      lines.back().push_back(plain_text(text.piece(at, plain)));
      at += plain;
      continue;
    }
    const Match match = longest_match(text, at);
    if (match.form == Form::kNewline) {
      lines.emplace_back();
    } else if (match.form != Form::kSkip && match.form != Form::kUntokenizable) {
      const std::u32string token = token_text(text.piece(at, match.token), match.form);
      lines.back().push_back(encode_utf8(to_lower(token)));
    }
    at += match.form == Form::kSplitPeriod ? match.token - 1 : match.token;
  }
  return lines;
}

}  // namespace unimo::eval::ptb
