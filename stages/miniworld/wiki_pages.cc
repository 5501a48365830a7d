#include "stages/miniworld/wiki_pages.h"

#include <algorithm>
#include <array>
#include <utility>

#include "orchestrator/base/hash.h"
#include "stages/miniworld/passages.h"
#include "stages/miniworld/text_scene.h"

namespace unimo::stages {

namespace {

using Words = std::vector<std::string>;

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      default: result += c;
    }
  }
  return result;
}

// The first mention of `words` becomes a link.
void link(std::string& text, const std::string& words, const std::string& target) {
  const std::size_t at = text.find(words);
  if (at == std::string::npos) return;
  text.replace(at, words.size(),
               words == target ? "[[" + words + "]]" : "[[" + target + "|" + words + "]]");
}

std::string infobox(const std::string& title, const SceneObject& thing, Place place,
                    std::size_t height) {
  return fmt::format(
      "{{{{Infobox thing\n| name = {}\n| colour = {}\n| image = {}.jpg\n| height = "
      "{{{{convert|{}|cm|in|abbr=on}}}}\n| place = [[{} (place)|{}]]\n}}}}\n",
      title, word(thing.colour), title, height, capitalised(std::string(word(place))), word(place));
}

std::string table(const TextScene& scene) {
  std::string text =
      "{| class=\"wikitable sortable\"\n|+ Things of the place\n! Thing !! Colour !! "
      "Pattern\n";
  for (const SceneObject& thing : scene.things) {
    text += fmt::format("|-\n| {} || style=\"background:{}\" | {} || {}\n", word(thing.thing),
                        word(thing.colour), word(thing.colour),
                        value_word(Attribute::kTexture, value_of(thing, Attribute::kTexture)));
  }
  return text + "|}\n";
}

std::string article(const Scene& scene, const std::string& title, Draws& draws) {
  Passage passage = write_passage(scene, draws);
  const TextScene told = retell(scene, draws);
  const SceneObject& thing = scene.objects[0];
  const auto weight = 2 + draws.below(40);
  link(passage.text, "notebook", "notebook");
  link(passage.text, "centimetres", "Centimetre");
  const std::string name = fmt::format("{} {}", word(thing.colour), word(thing.thing));
  std::string text = fmt::format("{{{{Short description|A {} of the small world}}}}\n", name);
  text += infobox(title, thing, scene.place, weight + 20);
  text += fmt::format("'''{}''' is ''{}'' [[{}]] of the small world.", title,
                      with_article(word(thing.colour)), word(thing.thing));
  text +=
      "<ref name=\"hill\">{{cite book |last=Hill |title=Small things |year=1901 "
      "|url=http://example.org/small?a=1&b=2}}</ref> " +
      passage.text + "<ref name=\"hill\" />\n\n";
  if (draws.chance(0.3)) text += "<!-- please check\nthe numbers -->";
  text += fmt::format("It weighs {}&nbsp;kg and is worth more than {} others.\n\n", weight,
                      number_word(2 + draws.below(8)));
  text += "== Surroundings ==\n[[File:" + title + ".jpg|thumb|left|The " + name + " [[" +
          std::string(word(scene.place)) + "]]]]\n";
  text += fmt::format("{} is {} {}.\n", capitalised(the_coloured(told.things[2])),
                      word(told.relations[1].predicate),
                      the_coloured(told.things[told.relations[1].object]));
  text += table(told);
  text += "* one item of a list\n* another, {{lang|de|kleine Welt}}\n\n";
  text += fmt::format(
      "== See also ==\n* [[{} (place)]]\n\n== References ==\n{{{{reflist|30em}}}}\n\n"
      "[[Category:{} things]]\n",
      capitalised(std::string(word(scene.place))), capitalised(std::string(word(thing.colour))));
  return text;
}

// As MediaWiki prints it: 31 digits in base 36.
std::string sha1_base36(std::string_view text) {
  constexpr std::size_t kDigits = 31;
  std::array<unsigned, kDigits> digits{};  // the last is the lowest
  for (const char c : sha1_hex(text)) {
    unsigned carry = static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
    for (std::size_t i = kDigits; i-- > 0;) {
      const unsigned value = digits[i] * 16 + carry;
      digits[i] = value % 36;
      carry = value / 36;
    }
  }
  std::string result;
  for (const unsigned digit : digits) {
    result += static_cast<char>(digit < 10 ? '0' + static_cast<int>(digit)
                                           : 'a' + static_cast<int>(digit) - 10);
  }
  return result;
}

// Some were changed by people without a name, some only a little.
std::string contributor(std::int64_t id) {
  if (id % 7 == 6) return fmt::format("        <ip>192.0.2.{}</ip>\n", id % 256);
  return "        <username>Mini world</username>\n        <id>1</id>\n";
}

constexpr std::array<std::pair<int, std::string_view>, 12> kSpaces{{{-2, "Media"},
                                                                    {-1, "Special"},
                                                                    {0, ""},
                                                                    {1, "Talk"},
                                                                    {2, "User"},
                                                                    {3, "User talk"},
                                                                    {4, "Wikipedia"},
                                                                    {6, "File"},
                                                                    {10, "Template"},
                                                                    {11, "Template talk"},
                                                                    {14, "Category"},
                                                                    {15, "Category talk"}}};

}  // namespace

std::vector<DrawnWikiPage> write_wiki_pages(const Scene& scene, Draws& draws) {
  const std::string title = scene_title(scene);
  std::vector<DrawnWikiPage> pages{{title, 0, "", article(scene, title, draws)}};
  if (draws.chance(0.4)) {
    pages.push_back({fmt::format("{} {}", capitalised(std::string(word(scene.objects[0].thing))),
                                 scene.number + 1),
                     0, title,
                     fmt::format("#REDIRECT [[{}]]\n\n{{{{R from short name}}}}", title)});
  }
  if (draws.chance(0.15)) {
    const std::string who(draws.pick(people()).name);
    pages.push_back({"Talk:" + title, 1, "",
                     fmt::format("== Height ==\nIs the height right? --[[User:{}|{}]] 10:12, 1 "
                                 "January 2020 (UTC)\n:I measured it. ~~~~",
                                 who, who)});
  }
  if (draws.chance(0.05)) {
    const std::string who(draws.pick(people()).name);
    pages.push_back(
        {fmt::format("User:{}/{}", who, scene.number + 1), 2, "", "I draw small worlds."});
  }
  return pages;
}

std::vector<DrawnWikiPage> common_wiki_pages() {
  return {{"Small world", 0, "",
           "The '''small world''' is a [[world]] of few things, each of a colour of its own.\n"},
          {"SmallWorld", 0, "Small world", "#REDIRECT [[Small world]]"},
          {"Template:Infobox thing", 10, "",
           "{| class=\"infobox\"\n! colspan=2 | {{{name|}}}\n|-\n| Colour || {{{colour}}}\n|}\n"
           "<noinclude>{{documentation}}</noinclude>"},
          {"Category:Red things", 14, "", "[[Category:Things]]"}};
}

std::string page_xml(const DrawnWikiPage& page, std::int64_t id) {
  std::string xml =
      fmt::format("  <page>\n    <title>{}</title>\n    <ns>{}</ns>\n    <id>{}</id>\n",
                  escaped(page.title), page.space, id);
  if (!page.redirect.empty())
    xml += fmt::format("    <redirect title=\"{}\" />\n", escaped(page.redirect));
  xml += fmt::format(
      "    <revision>\n      <id>{}</id>\n      <parentid>{}</parentid>\n"
      "      <timestamp>2020-01-01T10:12:00Z</timestamp>\n"
      "      <contributor>\n{}      </contributor>\n{}      <comment>drawn</comment>\n"
      "      <model>wikitext</model>\n"
      "      <format>text/x-wiki</format>\n"
      "      <text bytes=\"{}\" xml:space=\"preserve\">{}</text>\n      <sha1>{}</sha1>\n"
      "    </revision>\n  </page>\n",
      2 * id + 1, 2 * id, contributor(id), id % 5 == 4 ? "      <minor />\n" : "", page.text.size(),
      escaped(page.text), sha1_base36(page.text));
  return xml;
}

std::string dump_header() {
  std::string xml =
      "<mediawiki xmlns=\"http://www.mediawiki.org/xml/export-0.10/\" "
      "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
      "xsi:schemaLocation=\"http://www.mediawiki.org/xml/export-0.10/ "
      "http://www.mediawiki.org/xml/export-0.10.xsd\" version=\"0.10\" xml:lang=\"en\">\n"
      "  <siteinfo>\n    <sitename>Wikipedia</sitename>\n    <dbname>enwiki</dbname>\n"
      "    <base>https://en.wikipedia.org/wiki/Main_Page</base>\n"
      "    <generator>MediaWiki 1.35.0-wmf.11</generator>\n    <case>first-letter</case>\n"
      "    <namespaces>\n";
  for (const auto& [key, name] : kSpaces) {
    xml += name.empty()
               ? fmt::format("      <namespace key=\"{}\" case=\"first-letter\" />\n", key)
               : fmt::format("      <namespace key=\"{}\" case=\"first-letter\">{}</namespace>\n",
                             key, name);
  }
  return xml + "    </namespaces>\n  </siteinfo>\n";
}

}  // namespace unimo::stages
