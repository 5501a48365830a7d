#include "stages/ingest/text/wikitext.h"

#include <gtest/gtest.h>

#include <random>

#include "stages/ingest/text/text_check.h"
#include "stages/ingest/text/wikitext_parts.h"

namespace unimo::stages {
namespace {

std::string plain(std::string_view text, WikitextOptions options = {}) {
  std::string result = wikitext_to_text(text, options, "Page");
  while (!result.empty() && result.back() == '\n') result.pop_back();
  return result;
}

TEST(Wikitext, ShowsTheWordsOfLinks) {
  EXPECT_EQ(plain("A [[dog]] and [[cat|two cats]]s, [[Dog#Size]] [[:Category:Dogs]]."),
            "A dog and two catss, Dog#Size Category:Dogs.");
  EXPECT_EQ(plain("[[Help:Contents|]] [[Paris (city)|]]"), "Contents Paris");
  EXPECT_EQ(plain("See [http://a.org the page] and [http://b.org] or http://c.org now."),
            "See the page and or http://c.org now.");
}

TEST(Wikitext, HidesFilesCategoriesAndOtherLanguages) {
  EXPECT_EQ(plain("Before [[File:a.jpg|thumb|A [[dog]] with [[Cat|a cat]]]] after.\n"
                  "[[Category:Dogs]] [[fr:Chien]] [[zh-min-nan:Kau]] [[simple:Dog]]"),
            "Before after.");
  EXPECT_EQ(plain("[[Datei:a.jpg|x]] [[\xD0\xA4\xD0\xB0\xD0\xB9\xD0\xBB:a.jpg|x]] one",
                  {.hidden_namespaces = {"\xD0\xA4\xD0\xB0\xD0\xB9\xD0\xBB"}}),
            "one");
  EXPECT_EQ(plain("[[wikt:dog|the word]] [[Star Wars: A New Hope]]"),
            "the word Star Wars: A New Hope");
}

TEST(Wikitext, DropsNestedTemplatesAndTables) {
  EXPECT_EQ(plain("{{Infobox|a={{b|{{c}}}}|d=[[e|f]]}}Text {{cn|date=May}}here.\n"
                  "{| class=x\n| cell || {{t}}\n{|\n| inner\n|}\n|}\nAfter."),
            "Text here.\nAfter.");
  EXPECT_EQ(plain("{{Infobox\n|a = b\n|}}\nText."), "Text.");
  EXPECT_EQ(plain("One {{{1|two}}} {{{3}}} four"), "One two four");
}

TEST(Wikitext, ShowsTemplatesThatArePartOfTheSentence) {
  EXPECT_EQ(plain("from {{lang|la|canis}} or {{lang-el|\xCE\xBA\xCF\x8D\xCF\x89\xCE\xBD}}"),
            "from canis or \xCE\xBA\xCF\x8D\xCF\x89\xCE\xBD");
  EXPECT_EQ(plain("{{convert|5|km|mi}}, {{convert|5|to|10|km2}}, {{convert|6|ft|2|in|m}}, "
                  "{{convert|1.5|-|2|sqmi|0}}"),
            "5 km, 5 to 10 km\xC2\xB2, 6 ft 2 in, 1.5\xE2\x80\x93"
            "2 sq mi");
  EXPECT_EQ(plain("{{nowrap|{{small|a {{sc|b}}}}}} {{As of|2011|5}}, {{frac|1|2}} {{frac|3|1|4}}"),
            "a b As of May 2011, 1/2 3 1/4");
  EXPECT_EQ(
      plain("{{chem|H|2|O}} {{HMS|Beagle}} {{USS|Enterprise|CVN-65|2}} {{US$|5}} {{c.|1900}}"),
      "H2O HMS Beagle USS Enterprise US$5 c. 1900");
  EXPECT_EQ(plain("said:\n{{quote|1=To be.|author=He}}\nThen"), "said:\nTo be.\nThen");
  EXPECT_EQ(plain("{{PAGENAME}} {{formatnum:1234}} {{#if:a|b}}x {{harvtxt|Li|Wu|1999}}"),
            "Page 1234 x Li and Wu (1999)");
}

TEST(Wikitext, DropsReferencesCommentsAndFormulas) {
  EXPECT_EQ(plain("A<ref>b {{cite|c}}</ref> c<ref name=\"x\"/> d<!-- e --> f<math>x_1</math>."),
            "A c d f.");
  EXPECT_EQ(plain("A<ref name=x>text<ref>b</ref> c"), "Atext c");  // a slash was forgotten
  EXPECT_EQ(plain("One\n<!-- alone -->\ntwo"), "One two");
  EXPECT_EQ(plain("A<!-- never closed"), "A");
  EXPECT_EQ(plain("<gallery>\nFile:a.jpg|b\n</gallery>\nText <REF>x</Ref>here"), "Text here");
}

TEST(Wikitext, KeepsWhatStandsInNowiki) {
  EXPECT_EQ(plain("<nowiki>[[a]] {{b}} ''c''</nowiki> ''d''"), "[[a]] {{b}} ''c'' d");
  EXPECT_EQ(plain("a<nowiki/>b"), "ab");
}

TEST(Wikitext, DropsBoldItalicsAndKeepsApostrophes) {
  EXPECT_EQ(plain("'''''a''' b'' it's ''Time'''s ''''x'''"), "a b it's Time's 'x");
}

TEST(Wikitext, ReadsEntitiesAlsoWhenEscapedTwice) {
  EXPECT_EQ(plain("a&nbsp;b &amp;nbsp; c &eacute; &#233; &#xE9; &ndash; &unknown; & &lt;b&gt;"),
            "a b c \xC3\xA9 \xC3\xA9 \xC3\xA9 \xE2\x80\x93 &unknown; & <b>");
}

TEST(Wikitext, MakesParagraphsOfEmptyLinesListsAndHeadings) {
  const std::string text =
      "One\ntwo.\n\nThree.\n== Head ==\n* a\n** b\n# c\n; term : words\n:quoted\nEnd";
  EXPECT_EQ(plain(text), "One two.\nThree.\na\nb\nc\nterm: words\nquoted\nEnd");
  EXPECT_EQ(plain(text, {.headings = true, .lists = false}), "One two.\nThree.\nHead\nquoted\nEnd");
}

TEST(Wikitext, LeavesOutAppendicesUnlessAsked) {
  const std::string text =
      "Text.\n== See also ==\n* x\n=== Sub ===\ny\n== Life ==\nMore.\n==References==\nz";
  EXPECT_EQ(plain(text), "Text.\nMore.");
  EXPECT_EQ(plain(text, {.appendices = true}), "Text.\nx\ny\nMore.\nz");
}

TEST(Wikitext, RemovesParenthesesThatWereLeftEmpty) {
  EXPECT_EQ(
      plain("Rome ({{IPA|x}}) is (Latin: {{foo}}, ; {{bar}}) old ( {{lang|la|Roma}} ; {{x}})."),
      "Rome is (Latin:) old (Roma).");
  EXPECT_EQ(plain("call main() or (a) {{x}}, b"), "call main() or (a), b");
}

TEST(Wikitext, DropsTagsButNotOtherSigns) {
  EXPECT_EQ(plain("H<sub>2</sub>O <span style=\"a>b\">x</span> a<br />b #include <stdio.h> 1 < 2"),
            "H2O b\">x a b #include <stdio.h> 1 < 2");
  EXPECT_EQ(plain("__NOTOC__\n__FORCETOC__Text snake__case __init__"), "Text snake__case __init__");
}

TEST(Wikitext, DropsMarkupThatNeverCloses) {
  EXPECT_EQ(plain("a [[c d\n\ne ]] f {{b g [http://x y\n| row || x\n|}\nh"),
            "a c d\ne f b g [http://x y\nh");
}

// Deep and unclosed nesting must neither crash nor take long: the time stays proportional.
TEST(Wikitext, StandsAnyNesting) {
  for (const char* piece :
       {"{{",        "[[",        "{|\n", "<ref>", "<!--", "{{{",   "[http://a ", "<nowiki>", "''",
        "&amp;",     "(",         "{{a|", "[[a|",  "==",   "<a ",   "}}",         "]]",       "__A",
        "{{lang|x|", "<gallery>", "\n|}", "{{{{{", "\n*",  "<math", "-->"}) {
    std::string text;
    while (text.size() < 40'000) text += piece;
    const std::string result = plain(text + "end");
    EXPECT_LE(result.size(), text.size() + 3) << piece;
    std::string closed = text;
    for (std::size_t i = 0; i < 10'000; ++i) closed += i % 2 == 0 ? "}}" : "]]";
    EXPECT_TRUE(is_utf8(plain(closed))) << piece;
  }
}

TEST(Wikitext, GivesUtf8ForAnyCutOfMarkup) {
  const std::string text =
      "{{a|[[b|c]]}}<ref name=\"x\">d</ref>'''e'''\n{| f\n|}\n* g &eacute; <nowiki>h</nowiki>\n";
  std::mt19937 random(7);
  for (int i = 0; i < 500; ++i) {
    std::string mixed;
    for (int part = 0; part < 20; ++part) {
      const std::size_t begin = random() % text.size();
      mixed += text.substr(begin, random() % 12);
    }
    EXPECT_TRUE(is_utf8(plain(mixed))) << mixed;
  }
}

TEST(WikitextBrackets, PairFromTheInside) {
  const auto pairs = wikitext::pair_brackets("{{{{{a}}}}} [[b]] {{c]]}}");
  ASSERT_EQ(pairs.size(), 4U);
  EXPECT_EQ(pairs[0].open, 0U);
  EXPECT_EQ(pairs[0].kind, wikitext::BracketKind::kTemplate);
  EXPECT_EQ(pairs[1].open, 2U);
  EXPECT_EQ(pairs[1].kind, wikitext::BracketKind::kParameter);
  EXPECT_EQ(pairs[2].kind, wikitext::BracketKind::kLink);
  EXPECT_EQ(pairs[3].close, 23U);
}

}  // namespace
}  // namespace unimo::stages
