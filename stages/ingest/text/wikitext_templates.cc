#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "stages/ingest/text/wikitext_parts.h"
#include "stages/ingest/text/wikitext_rules.h"

namespace unimo::stages::wikitext {

namespace {

constexpr auto kMonths =
    std::to_array<std::string_view>({"January", "February", "March", "April", "May", "June", "July",
                                     "August", "September", "October", "November", "December"});

// Units of {{convert}} whose code is not how they are written.
constexpr std::array<std::pair<std::string_view, std::string_view>, 22> kUnits{{
    {"C",
     "\xC2\xB0"
     "C"},
    {"F",
     "\xC2\xB0"
     "F"},
    {"cuft", "cu ft"},
    {"cumi", "cu mi"},
    {"cuyd", "cu yd"},
    {"floz", "fl oz"},
    {"foot", "foot"},
    {"hp", "hp"},
    {"km2", "km\xC2\xB2"},
    {"km3", "km\xC2\xB3"},
    {"kn", "knots"},
    {"long ton", "long tons"},
    {"m2", "m\xC2\xB2"},
    {"m3", "m\xC2\xB3"},
    {"mi2", "sq mi"},
    {"nmi", "nautical miles"},
    {"sqft", "sq ft"},
    {"sqin", "sq in"},
    {"sqkm", "km\xC2\xB2"},
    {"sqmi", "sq mi"},
    {"sqyd", "sq yd"},
    {"st", "stone"},
}};
// Words between the numbers of a range.
constexpr auto kBetween =
    std::to_array<std::string_view>({"to", "-", "\xE2\x80\x93", "and", "by", "x", "\xC3\x97", "or",
                                     "+/-", "\xC2\xB1", "to(-)", "and(-)", "xx", "*"});

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\n\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\n\r") - begin + 1);
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.,+-/") == std::string_view::npos;
}

// "Convert", " lang_x\n" as the table spells them; empty when it is too long for any.
std::string rule_name(std::string_view name) {
  constexpr std::size_t kLongestName = 40;
  name = trimmed(name);
  if (name.size() > kLongestName) return {};
  std::string result;
  for (const char c : name) {
    const char sign = c == '_' ? ' ' : c;
    result += sign >= 'A' && sign <= 'Z' ? static_cast<char>(sign + 32) : sign;
  }
  return result.starts_with("template:") ? result.substr(9) : result;
}

}  // namespace

// What stands between the bars of a template.
struct Converter::Arguments {
  std::vector<Range> positional;  // the first is number 1
  std::vector<std::pair<std::string_view, Range>> named;

  Range at(std::size_t number) const {
    return number >= 1 && number <= positional.size() ? positional[number - 1] : Range{};
  }
  Range by_name(std::string_view name) const {
    for (const auto& [key, range] : named)
      if (key == name) return range;
    return {};
  }
};

Converter::Arguments Converter::arguments(std::size_t begin, std::size_t end) const {
  Arguments result;
  while (begin <= end) {
    const std::size_t bar = next_bar(begin, end);
    const Range range{begin, bar};
    std::size_t equals = begin;
    while (equals < bar && text_[equals] != '=' && text_[equals] != '[' && text_[equals] != '{')
      ++equals;
    const bool named = equals < bar && text_[equals] == '=';
    const std::string_view key = named ? trimmed(view({begin, equals})) : std::string_view{};
    if (!named) {
      result.positional.push_back(range);
    } else if (key.size() == 1 && key[0] >= '1' && key[0] <= '9') {
      const auto number = static_cast<std::size_t>(key[0] - '0');
      if (result.positional.size() < number) result.positional.resize(number);
      result.positional[number - 1] = {equals + 1, bar};
    } else {
      result.named.emplace_back(key, Range{equals + 1, bar});
    }
    begin = bar + 1;
  }
  return result;
}

// Converted by itself.
std::string Converter::text_of(Range range) {
  std::string before = std::move(out_);
  out_.clear();
  convert(range.begin, range.end);
  std::swap(before, out_);
  return std::string(trimmed(before));
}

void Converter::render_template(Range inside) {
  const std::size_t bar = next_bar(inside.begin, inside.end);
  const std::string name = rule_name(view({inside.begin, bar}));
  if (name.empty()) return;
  if (const std::size_t colon = name.find(':'); colon != std::string::npos) {
    const std::size_t begin = text_.find(':', inside.begin) + 1;
    return render_function(std::string_view(name).substr(0, colon), {begin, inside.end});
  }
  const Rule* rule = find_rule(name);
  if (rule == nullptr) {
    if (name.starts_with("lang-")) out_ += text_of(arguments(bar + 1, inside.end).at(1));
    return;
  }
  const Arguments given = bar < inside.end ? arguments(bar + 1, inside.end) : Arguments{};
  switch (rule->render) {
    case Render::kArgument: {
      const Range shown = given.by_name("lt");  // of {{ill}}
      out_ += text_of(shown.end > shown.begin ? shown : given.at(rule->argument));
      break;
    }
    case Render::kLast: out_ += text_of(given.at(given.positional.size())); break;
    case Render::kParagraph: {
      Range words = given.at(1);
      for (const std::string_view key : {"text", "quote", "content"})
        if (words.end == words.begin) words = given.by_name(key);
      out_ += '\n' + text_of(words) + '\n';
      break;
    }
    case Render::kText: out_ += rule->text; break;
    case Render::kJoin:
    case Render::kJoinTwo: {
      const std::size_t count = rule->render == Render::kJoin
                                    ? given.positional.size()
                                    : std::min<std::size_t>(2, given.positional.size());
      for (std::size_t i = 1; i <= count; ++i) {
        if (i > 1) out_ += rule->text;
        out_ += text_of(given.at(i));
      }
      break;
    }
    case Render::kPrefix: out_ += std::string(rule->text) + text_of(given.at(1)); break;
    case Render::kShip: out_ += text_of(given.at(1)) + " " + text_of(given.at(2)); break;
    case Render::kConvert: render_conversion(given); break;
    case Render::kAsOf: render_as_of(given); break;
    case Render::kFraction: {
      const std::size_t count = given.positional.size();
      if (count >= 3) out_ += text_of(given.at(1)) + " ";
      out_ += count < 2 ? "1" : text_of(given.at(count - 1));
      out_ += "/" + text_of(given.at(count));
      break;
    }
    case Render::kAuthors: render_authors(given); break;
    case Render::kValue: render_value(given); break;
    case Render::kPageName: out_ += title_; break;
  }
}

void Converter::render_function(std::string_view name, Range argument) {
  const std::size_t bar = next_bar(argument.begin, argument.end);
  for (const std::string_view shown : {"formatnum", "lc", "uc", "lcfirst", "ucfirst", "nowrap"})
    if (name == shown) return convert(argument.begin, bar);
}

// {{convert|5|to|10|km|mi}}: "5 to 10 km"; {{convert|6|ft|2|in|m}}: "6 ft 2 in".
void Converter::render_conversion(const Arguments& given) {
  const auto unit_at = [&](std::size_t number) {
    const std::string code = text_of(given.at(number));
    for (const auto& [name, written] : kUnits)
      if (name == code) return std::string(written);
    return code;
  };
  std::size_t next = 2;
  out_ += text_of(given.at(1));
  while (next < given.positional.size()) {
    const std::string word = text_of(given.at(next));
    if (std::find(kBetween.begin(), kBetween.end(), word) == kBetween.end()) break;
    const bool dash = word == "-" || word == "\xE2\x80\x93";
    out_ += dash ? "\xE2\x80\x93" : " " + word + " ";
    out_ += text_of(given.at(next + 1));
    next += 2;
  }
  if (const std::string unit = unit_at(next); !unit.empty()) out_ += " " + unit;
  const std::string more = text_of(given.at(next + 1));
  if (is_number(more) && given.positional.size() >= next + 2)
    out_ += " " + more + " " + unit_at(next + 2);
}

// {{as of|2011|5|3}}: "As of 3 May 2011".
void Converter::render_as_of(const Arguments& given) {
  out_ += text_of(given.by_name("lc")).empty() ? "As of" : "as of";
  for (const std::size_t number : {3, 2, 1}) {
    std::string part = text_of(given.at(number));
    if (number == 2 && is_number(part) && part.size() <= 2) {
      const auto month = static_cast<std::size_t>(std::atoi(part.c_str()));
      if (month >= 1 && month <= kMonths.size()) part = kMonths[month - 1];
    }
    if (!part.empty()) out_ += " " + part;
  }
}

// {{harvtxt|Smith|Jones|1999}}: "Smith and Jones (1999)".
void Converter::render_authors(const Arguments& given) {
  const std::size_t count = given.positional.size();
  for (std::size_t i = 1; i < count; ++i) {
    if (i > 1) out_ += i + 1 == count ? " and " : ", ";
    out_ += text_of(given.at(i));
  }
  if (count > 0) out_ += " (" + text_of(given.at(count)) + ")";
}

// {{val|1.5|e=6|u=m}}: "1.5×10^6 m".
void Converter::render_value(const Arguments& given) {
  out_ += text_of(given.at(1));
  if (const std::string power = text_of(given.by_name("e")); !power.empty())
    out_ +=
        "\xC3\x97"
        "10^" +
        power;
  for (const std::string_view key : {"u", "ul"})
    if (const std::string unit = text_of(given.by_name(key)); !unit.empty()) out_ += " " + unit;
}

}  // namespace unimo::stages::wikitext
