// The steps of wikitext_to_text, apart so that each can be read and tested alone: without
// extension tags, brackets paired, converted, tidied.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stages/ingest/text/wikitext.h"

namespace unimo::stages::wikitext {

// Without comments and the tags whose content is no prose (<ref>, <math>, <gallery>, ...). What
// stands in <nowiki> stays, its signs hidden as control characters, which XML cannot hold.
std::string without_extensions(std::string_view text);
// The sign that a control character hides; 0 when it stands for nothing.
char unhidden(char hidden);

enum class BracketKind : std::uint8_t { kTemplate, kParameter, kLink, kTable };

// A pair of brackets: [[ ]], {{ }}, {{{ }}}, {| |}. `close` is where the closing one begins.
struct Bracket {
  std::size_t open = 0, close = 0;
  BracketKind kind = BracketKind::kTemplate;
  std::size_t width() const { return kind == BracketKind::kParameter ? 3 : 2; }
  std::size_t end() const { return close + width(); }
};
// Those that close, properly nested, in the order of their opening.
std::vector<Bracket> pair_brackets(std::string_view text);

// An entity at the front of `text`, which begins with '&': what it stands for and its bytes.
struct Entity {
  std::string text;
  std::size_t length = 0;
};
std::optional<Entity> read_entity(std::string_view text);

// Blanks tidied, empty parentheses gone, lines without a word left out.
std::string tidy_lines(std::string_view text);

class Converter {
 public:
  Converter(std::string_view text, std::span<const Bracket> brackets,
            const WikitextOptions& options, std::string_view title)
      : text_(text), brackets_(brackets), options_(options), title_(title) {}
  std::string run();

 private:
  struct Range {
    std::size_t begin = 0, end = 0;
  };
  struct Arguments;
  // wikitext.cc
  void convert(std::size_t begin, std::size_t end);
  std::size_t special(std::size_t at, std::size_t end);
  std::size_t newline(std::size_t at, std::size_t end);
  std::size_t line_start(std::size_t at, std::size_t end);
  std::size_t heading(std::size_t at, std::size_t end);
  std::size_t after_section(std::size_t from, std::size_t level, std::size_t end) const;
  std::size_t line_end(std::size_t from, std::size_t end) const;
  std::size_t quotes(std::size_t at, std::size_t end);
  std::size_t square_bracket(std::size_t at, std::size_t end);
  std::size_t external_link(std::size_t at, std::size_t end);
  void link(Range inside);
  bool is_hidden_link(std::string_view target, bool has_text) const;
  std::size_t brace(std::size_t at, std::size_t end);
  std::size_t tag(std::size_t at, std::size_t end);
  const Bracket* bracket_at(std::size_t open) const;
  std::size_t next_bar(std::size_t from, std::size_t end) const;
  std::string_view view(Range range) const {
    return text_.substr(range.begin, range.end - range.begin);
  }
  // wikitext_templates.cc
  void render_template(Range inside);
  void render_function(std::string_view name, Range argument);
  Arguments arguments(std::size_t begin, std::size_t end) const;
  std::string text_of(Range range);
  void render_conversion(const Arguments& arguments);
  void render_as_of(const Arguments& arguments);
  void render_authors(const Arguments& arguments);
  void render_value(const Arguments& arguments);

  std::string_view text_;
  std::span<const Bracket> brackets_;
  const WikitextOptions& options_;
  std::string_view title_;
  std::string out_;
  int depth_ = 0;
  bool own_line_ = false;  // the current line is no running text: a new paragraph follows
  bool italic_ = false, bold_ = false;
};

}  // namespace unimo::stages::wikitext
