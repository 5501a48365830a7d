// Numbers, dates, fractions, telephone numbers and money.
#include "evaluators/ptb_rules.h"

namespace unimo::eval::ptb {

namespace {

std::size_t digits(const Text& text, std::size_t at, std::size_t most) {
  std::size_t count = 0;
  while (count < most && digit(text[at + count])) ++count;
  return count;
}

std::size_t ascii_digits(const Text& text, std::size_t at, std::size_t most) {
  std::size_t count = 0;
  while (count < most && ascii_digit(text[at + count])) ++count;
  return count;
}

// Digits with single . : , and their Arabic sisters inside or before: 1,000.50 and 10:30 and .5
std::size_t number_end(const Text& text, std::size_t at) {
  std::size_t end = run_end(text, at, digit);
  while (one_of(text[end], U".:,\u00AD\u066B\u066C") && digit(text[end + 1])) {
    end = run_end(text, end + 1, digit);
  }
  return end;
}

// "3/4" at `at`: its length, or 0.
std::size_t plain_fraction(const Text& text, std::size_t at) {
  const std::size_t above = digits(text, at, 4);
  if (above == 0) return 0;
  std::size_t bar = at + above;
  if (text[bar] == '\\' && text[bar + 1] == '/') ++bar;
  if (text[bar] != '/' && text[bar] != 0x2044) return 0;
  const std::size_t below = digits(text, bar + 1, 4);
  return below > 0 ? bar + 1 + below - at : 0;
}

bool phone_gap(char32_t c) { return c == '-' || c == ' ' || c == 0xA0; }

// The local number: 3-4 digits, perhaps a gap, 3-5 digits. Where it ends, or `at`.
std::size_t local_number_end(const Text& text, std::size_t at) {
  const std::size_t run = ascii_digits(text, at, 9);
  if (run >= 6) return at + run;
  if (run != 3 && run != 4) return at;
  if (!phone_gap(text[at + run])) return at;
  const std::size_t rest = ascii_digits(text, at + run + 1, 5);
  return rest >= 3 ? at + run + 1 + rest : at;
}

// 2-4 digits with a gap behind: where the gap ends, or `at`.
std::size_t area_code_end(const Text& text, std::size_t at) {
  const std::size_t run = ascii_digits(text, at, 4);
  return run >= 2 && phone_gap(text[at + run]) ? at + run + 1 : at;
}

std::size_t bracketed_phone_end(const Text& text, std::size_t at) {
  if (text[at] != '(') return at;
  const std::size_t run = ascii_digits(text, at + 1, 3);
  std::size_t rest = at + 1 + run;
  if (run < 2 || text[rest] != ')') return at;
  ++rest;
  const std::size_t tight = local_number_end(text, rest);
  if (tight > rest) return tight;
  if (text[rest] != ' ' && text[rest] != 0xA0) return at;
  const std::size_t end = local_number_end(text, rest + 1);
  return end > rest + 1 ? end : at;
}

std::size_t gapped_phone_end(const Text& text, std::size_t at) {
  std::size_t best = at;
  std::size_t end = at;
  for (int codes = 0; codes < 2; ++codes) {
    const std::size_t next = area_code_end(text, end);
    if (next == end) break;
    end = next;
    const std::size_t local = local_number_end(text, end);
    if (local > end) best = local;
  }
  return best;
}

// 2-4 . 2-4 . 3-4 . 3-5 digits, the first group perhaps missing.
std::size_t dotted_phone_end(const Text& text, std::size_t at) {
  std::size_t groups[4] = {};
  std::size_t ends[4] = {};
  std::size_t count = 0;
  for (std::size_t end = at; count < 4;) {
    groups[count] = ascii_digits(text, end, 6);
    ends[count] = end + groups[count];
    ++count;
    if (text[ends[count - 1]] != '.') break;
    end = ends[count - 1] + 1;
  }
  const auto fits = [&](std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last - 1; ++i) {
      if (groups[i] < 2 || groups[i] > 4) return false;
    }
    return groups[last - 1] >= 3 && groups[last] >= 3;
  };
  const auto close = [&](std::size_t last) { return ends[last] - (groups[last] > 5 ? 1 : 0); };
  if (count == 4 && groups[2] <= 4 && fits(0, 3)) return close(3);
  if (count >= 3 && groups[1] <= 4 && fits(0, 2)) return close(2);
  return at;
}

}  // namespace

Match date(const Text& text, std::size_t at) {
  std::size_t end = at;
  for (int part = 0; part < 2; ++part) {
    const std::size_t count = digits(text, end, 2);
    if (count == 0 || !one_of(text[end + count], U"-/")) return {};
    end += count + 1;
  }
  const std::size_t year = digits(text, end, 4);
  return year >= 2 ? whole(end + year - at) : Match{};
}

Match number(const Text& text, std::size_t at) {
  const std::size_t start = one_of(text[at], U"-+") ? at + 1 : at;
  const std::size_t end = number_end(text, start);
  return end > start ? whole(end - at, Form::kWord) : Match{};
}

Match raised_number(const Text& text, std::size_t at) {
  const std::size_t start = one_of(text[at], U"\u207A\u207B\u208A\u208B") ? at + 1 : at;
  const std::size_t up = run_end(text, start, [](char32_t c) {
    return c == 0x2070 || c == 0xB9 || c == 0xB2 || c == 0xB3 || (c >= 0x2074 && c <= 0x2079);
  });
  const std::size_t down =
      run_end(text, start, [](char32_t c) { return c >= 0x2080 && c <= 0x2089; });
  const std::size_t end = std::max(up, down);
  return end > start ? whole(end - at) : Match{};
}

Match fraction(const Text& text, std::size_t at) {
  std::size_t best = plain_fraction(text, at);
  const std::size_t before = digits(text, at, 4);
  if (before > 0 && one_of(text[at + before], U"- \u00A0")) {
    const std::size_t rest = plain_fraction(text, at + before + 1);
    if (rest > 0) best = std::max(best, before + 1 + rest);
  }
  return whole(best, Form::kNoBreak);
}

Match fraction_sign(const Text& text, std::size_t at) {
  const char32_t c = text[at];
  const bool known = (c >= 0xBC && c <= 0xBE) || (c >= 0x2153 && c <= 0x215E);
  return whole(known ? 1 : 0, Form::kFraction);
}

Match phone(const Text& text, std::size_t at) {
  std::size_t best = bracketed_phone_end(text, at);
  // The + of a country code may stand there once or twice.
  for (std::size_t plus = 0; plus <= 2; ++plus) {
    if (plus > 0 && text[at + plus - 1] != '+') break;
    const std::size_t start = at + plus;
    const std::size_t gapped = gapped_phone_end(text, start);
    const std::size_t dotted = dotted_phone_end(text, start);
    if (gapped > start) best = std::max(best, gapped);
    if (dotted > start) best = std::max(best, dotted);
  }
  return whole(best - at, Form::kPhone);
}

Match year_with_apostrophe(const Text& text, std::size_t at) {
  const std::size_t mark = apostrophe(text, at);
  if (mark == 0 || ascii_digits(text, at + mark, 2) != 2) return {};
  if (!space_or_newline(text[at + mark + 2])) return {};
  return {mark + 2, mark + 3, Form::kAsIs};
}

Match dollar_sign(const Text& text, std::size_t at) {
  if (text[at] == '#') return whole(1);
  const std::size_t end = run_end(text, at, [](char32_t c) { return c >= 'A' && c <= 'Z'; });
  return text[end] == '$' ? whole(end + 1 - at) : Match{};
}

Match currency_sign(const Text& text, std::size_t at) {
  const bool known = one_of(text[at],
                            U"\u00A2\u00A3\u00A4\u00A5\u0080\u20A0\u20AC\u060B\u0E3F"
                            U"\u20A4\uFFE0\uFFE1\uFFE5\uFFE6");
  return whole(known ? 1 : 0, Form::kCurrency);
}

}  // namespace unimo::eval::ptb
