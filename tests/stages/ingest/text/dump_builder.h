// A small dump for tests.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace unimo::stages {

inline std::string dump_of(std::string_view pages) {
  return fmt::format(
      "<mediawiki xmlns=\"http://www.mediawiki.org/xml/export-0.10/\" version=\"0.10\" "
      "xml:lang=\"en\">\n  <siteinfo>\n    <dbname>testwiki</dbname>\n    <namespaces>\n"
      "      <namespace key=\"0\" case=\"first-letter\" />\n"
      "      <namespace key=\"6\" case=\"first-letter\">Picture</namespace>\n"
      "      <namespace key=\"14\" case=\"first-letter\">Kind</namespace>\n"
      "    </namespaces>\n  </siteinfo>\n{}</mediawiki>\n",
      pages);
}

// `text` already escaped for XML.
inline std::string page_of(int id, std::string_view title, std::string_view text,
                           std::string_view more = {}, int space = 0) {
  return fmt::format(
      "  <page>\n    <title>{}</title>\n    <ns>{}</ns>\n    <id>{}</id>\n{}    <revision>\n"
      "      <id>9{}</id>\n      <contributor><username>U</username><id>7</id></contributor>\n"
      "      <model>wikitext</model>\n      <text xml:space=\"preserve\">{}</text>\n"
      "    </revision>\n  </page>\n",
      title, space, id, more, id, text);
}

}  // namespace unimo::stages
