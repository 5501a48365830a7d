// Wikitext, the markup of Wikipedia, to plain text.
//
//   const std::string text = wikitext_to_text(page.text, {});
//
// One paragraph a line. What goes: comments, references, formulas, galleries, code, tables, files,
// categories, links to other languages, templates (but those whose arguments are part of the
// sentence: {{lang|la|...}}, {{convert|5|km}}, {{nowrap|...}}), magic words, bold and italics, and
// parentheses that were left empty by all this. What stays: the words of links, of lists, of inline
// tags, and of <nowiki>. Markup that never closes is dropped and its content kept. Every input
// ends in time proportional to its length; nothing is an error.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace unimo::stages {

struct WikitextOptions {
  bool headings = false;    // as paragraphs of their own
  bool lists = true;        // items as paragraphs of their own
  bool appendices = false;  // sections of links and sources at the end: "References", "See also"
  // Names of the namespaces whose links show no text here, lower case: those of files and
  // categories in the wiki's own language. The English ones are known.
  std::vector<std::string> hidden_namespaces;
};

// `title` stands for {{PAGENAME}}.
std::string wikitext_to_text(std::string_view wikitext, const WikitextOptions& options,
                             std::string_view title = {});

}  // namespace unimo::stages
