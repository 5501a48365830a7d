// Addresses, tags and entities: what looks like the web.
#include <algorithm>
#include <iterator>

#include "evaluators/ptb_rules.h"

namespace unimo::eval::ptb {

namespace {

bool tag_name_character(char32_t c) { return ascii_alnum(c) || one_of(c, U"_:.-"); }

std::size_t tag_name_end(const Text& text, std::size_t at) {
  return ascii_alpha(text[at]) ? run_end(text, at, tag_name_character) : at;
}

std::size_t blanks_end(const Text& text, std::size_t at) {
  return run_end(text, at, [](char32_t c) { return c == ' '; });
}

// `="value"` with blanks around the sign, or nothing: where it ends, or `at`.
std::size_t attribute_value_end(const Text& text, std::size_t at) {
  std::size_t end = blanks_end(text, at);
  if (text[end] != '=') return at;
  end = blanks_end(text, end + 1);
  const char32_t quote = text[end];
  if (quote != '"' && quote != '\'') return at;
  end = run_end(text, end + 1, [&](char32_t c) { return c != quote && !newline(c); });
  return text[end] == quote ? end + 1 : at;
}

// <name attribute other="value" />, without its end.
std::size_t opening_tag_end(const Text& text, std::size_t at) {
  std::size_t end = tag_name_end(text, at);
  if (end == at) return at;
  while (text[end] == ' ') {
    const std::size_t name = blanks_end(text, end);
    const std::size_t after = tag_name_end(text, name);
    if (after == name) break;
    end = attribute_value_end(text, after);
  }
  end = blanks_end(text, end);
  return text[end] == '/' ? end + 1 : end;
}

bool url_character(char32_t c) { return c != kEnd && !one_of(c, U" \t\n\f\r\"<>|()"); }
bool url_last_character(char32_t c) { return url_character(c) && !one_of(c, U".!?{},-"); }

bool plain_url_character(char32_t c) { return url_character(c) && c != '{' && c != '}'; }

// Two characters or more of an address from `at` on: where they end, or `at`.
template <class Accepts>
std::size_t url_tail_end(const Text& text, std::size_t at, Accepts accepts) {
  std::size_t end = run_end(text, at, accepts);
  while (end > at && !url_last_character(text[end - 1])) --end;
  return end >= at + 2 ? end : at;
}

std::size_t with_path(const Text& text, std::size_t end) {
  if (text[end] != '/') return end;
  const std::size_t tail = url_tail_end(text, end + 1, url_character);
  return tail > end + 1 ? tail : end;
}

// The reference's class of host characters contains a range from comma to underscore by accident,
// which excludes digits and capitals.
bool host_character(char32_t c) {
  return c != kEnd && !one_of(c, U" \t\n\f\r\"`'<>|.!?(){}$") && !(c >= 0x2C && c <= 0x5F);
}
bool www_character(char32_t c) { return c != kEnd && !one_of(c, U" \t\n\f\r\"<>|.!?(){},"); }

// Host names that begin with "www.": a last part of two to four letters.
std::size_t www_end(const Text& text, std::size_t at) {
  if (!literal(text, at, U"www.")) return at;
  std::size_t best = at;
  for (std::size_t label = at + 4;;) {
    const std::size_t end = run_end(text, label, www_character);
    if (end == label || text[end] != '.') return best;
    label = end + 1;
    const std::size_t letters = std::min<std::size_t>(run_end(text, label, ascii_alpha) - label, 4);
    for (std::size_t count = 2; count <= letters; ++count) {
      best = std::max(best, with_path(text, label + count));
    }
  }
}

std::size_t known_host_end(const Text& text, std::size_t at) {
  std::size_t best = at;
  for (std::size_t label = at;;) {
    const std::size_t end = run_end(text, label, host_character);
    if (end == label || text[end] != '.') return best;
    label = end + 1;
    for (const std::u32string_view domain : {U"com", U"net", U"org", U"edu"}) {
      if (literal(text, label, domain)) best = std::max(best, with_path(text, label + 3));
    }
  }
}

constexpr std::u32string_view kFileEndings[] = {
    U"bat", U"bmp", U"c",   U"class", U"cgi", U"cpp",  U"dll", U"doc",  U"docx",
    U"exe", U"gif", U"gz",  U"h",     U"htm", U"html", U"jar", U"java", U"jpeg",
    U"jpg", U"mov", U"mp3", U"pdf",   U"php", U"pl",   U"png", U"ppt",  U"ps",
    U"py",  U"sql", U"tar", U"txt",   U"wav", U"x",    U"xml", U"zip"};

bool is_file_ending(const Text& text, std::size_t at, std::size_t count) {
  return std::any_of(std::begin(kFileEndings), std::end(kFileEndings),
                     [&](std::u32string_view ending) {
                       return ending.size() == count && literal(text, at, ending) > 0;
                     });
}

std::size_t file_name_part_end(const Text& text, std::size_t at) {
  while (true) {
    if (const std::size_t length = word_letter(text, at)) {
      at += length;
    } else if (digit(text[at])) {
      ++at;
    } else {
      return at;
    }
  }
}

bool mailbox_character(char32_t c) { return c != kEnd && !one_of(c, U" \t\n\f\r\"<>|()\u00A0{}"); }
bool mail_host_character(char32_t c) { return mailbox_character(c) && c != '.'; }

std::size_t mail_host_end(const Text& text, std::size_t at) {
  std::size_t end = run_end(text, at, mail_host_character);
  if (end == at) return at;
  while (text[end] == '.' && mail_host_character(text[end + 1])) {
    end = run_end(text, end + 1, mail_host_character);
  }
  return end;
}

}  // namespace

Match sgml_tag(const Text& text, std::size_t at) {
  if (text[at] != '<') return {};
  std::size_t end = at + 1;
  if ((text[end] == '!' || text[end] == '?') &&
      (ascii_alpha(text[end + 1]) || text[end + 1] == '-')) {
    end = run_end(text, end + 2, [](char32_t c) { return c != '>' && c != '\r' && c != '\n'; });
  } else if (text[end] == '/') {
    const std::size_t name = tag_name_end(text, end + 1);
    if (name == end + 1) return {};
    end = name;
  } else {
    const std::size_t inside = opening_tag_end(text, end);
    if (inside == end) return {};
    end = inside;
  }
  end = blanks_end(text, end);
  return text[end] == '>' ? whole(end + 1 - at, Form::kNoBreak) : Match{};
}

Match full_url(const Text& text, std::size_t at) {
  for (const std::u32string_view scheme : {U"http://", U"https://"}) {
    const std::size_t length = literal(text, at, scheme);
    if (length == 0) continue;
    const std::size_t end = url_tail_end(text, at + length, plain_url_character);
    return end > at + length ? whole(end - at) : Match{};
  }
  return {};
}

Match likely_url(const Text& text, std::size_t at) {
  return whole(std::max(www_end(text, at), known_host_end(text, at)) - at);
}

Match file_name(const Text& text, std::size_t at) {
  std::size_t best = at;
  for (std::size_t part = at;;) {
    const std::size_t end = file_name_part_end(text, part);
    if (end == part) break;
    const bool ends_here = space_or_newline(text[end]) || one_of(text[end], U".?!,");
    if (part > at && ends_here && is_file_ending(text, part, end - part)) best = end;
    if (text[end] != '.') break;
    part = end + 1;
  }
  return best > at ? Match{best - at, best + 1 - at, Form::kAsIs} : Match{};
}

Match email(const Text& text, std::size_t at) {
  std::size_t start = at;
  if (text[at] == '<') start = at + 1;
  if (const std::size_t bracket = literal(text, at, U"&lt;")) start = at + bracket;
  if (!ascii_alnum(text[start])) return {};
  std::size_t best = start;
  const std::size_t end = run_end(text, start, mailbox_character);
  for (std::size_t i = start + 1; i < end; ++i) {
    if (text[i] == '@' && mail_host_end(text, i + 1) > i + 1) {
      best = std::max(best, mail_host_end(text, i + 1));
    }
  }
  if (best == start) return {};
  if (text[best] == '>') ++best;
  return whole(best - at);
}

Match twitter(const Text& text, std::size_t at) {
  if (text[at] == '@' && (ascii_alpha(text[at + 1]) || text[at + 1] == '_')) {
    return whole(run_end(text, at + 1, [](char32_t c) { return ascii_alnum(c) || c == '_'; }) - at);
  }
  if (text[at] != '#') return {};
  std::size_t end = at + 1;
  while (const std::size_t length = word_letter(text, end)) end += length;
  return end > at + 1 ? whole(end - at) : Match{};
}

Match entity(const Text& text, std::size_t at) {
  const char32_t c = text[at];
  if (one_of(c, U"\u0096\u0097\u2013\u2014\u2015")) return whole(1, Form::kDash);
  if (c != '&') return {};
  for (const std::u32string_view dash : {U"&md;", U"&mdash;", U"&ndash;"}) {
    if (const std::size_t length = literal(text, at, dash)) return whole(length, Form::kDash);
  }
  if (const std::size_t length = literal(text, at, U"&amp;"))
    return whole(length, Form::kAmpersand);
  if (const std::size_t length = literal(text, at, U"&nbsp;")) return whole(length, Form::kSkip);
  if (const std::size_t length = literal(text, at, U"&lt;")) return whole(length, Form::kLessThan);
  if (const std::size_t length = literal(text, at, U"&gt;"))
    return whole(length, Form::kGreaterThan);
  for (const std::u32string_view name :
       {U"&ht;", U"&tl;", U"&ur;", U"&lr;", U"&qc;", U"&ql;", U"&qr;", U"&odq;", U"&cdq;"}) {
    if (const std::size_t length = literal(text, at, name)) return whole(length);
  }
  const std::size_t number = run_end(text, at + 2, ascii_digit);
  if (text[at + 1] == '#' && number > at + 2 && text[number] == ';') return whole(number + 1 - at);
  return {};
}

}  // namespace unimo::eval::ptb
