// Which templates show something, and what.
#pragma once

#include <string_view>

namespace unimo::stages::wikitext {

enum class Render {
  kArgument,   // the argument of this number
  kLast,       // the last one
  kParagraph,  // the argument, as a paragraph of its own
  kText,       // a fixed text
  kJoin,       // all arguments with the text between them
  kJoinTwo,    // the first two
  kPrefix,     // the text, then the argument
  kShip,       // prefix and name
  kConvert,
  kAsOf,
  kFraction,
  kAuthors,
  kValue,
  kPageName,
};

struct Rule {
  std::string_view name;  // lower case, blanks instead of underscores
  Render render = Render::kText;
  std::size_t argument = 0;
  std::string_view text;
};

// Null for a template that shows nothing in running text.
const Rule* find_rule(std::string_view name);

}  // namespace unimo::stages::wikitext
