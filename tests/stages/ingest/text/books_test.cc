#include "stages/ingest/text/books.h"

#include <gtest/gtest.h>

namespace unimo::stages {
namespace {

TEST(Books, KnowHeadingsFromSentences) {
  for (const char* heading : {"CHAPTER I", "Chapter 12", "VOLUME II", "CHAPTER XIV. The Storm",
                              "PREFACE", "Chapter the First", "BOOK ONE: THE COMING", "CHAPTER 5."})
    EXPECT_TRUE(is_chapter_heading(heading)) << heading;
  for (const char* text :
       {"Part of the house burned.", "Letter by letter he read.",
        "Chapter one was long and she put the book away.", "Emma Woodhouse", "Book the tickets."})
    EXPECT_FALSE(is_chapter_heading(text)) << text;
}

TEST(Books, LoseTheMarksOfEmphasis) {
  std::string text = "Between _them_ it was =more=. _I am._ Then a_b = c.";
  remove_emphasis(text);
  EXPECT_EQ(text, "Between them it was more. I am. Then a_b = c.");
}

TEST(Books, KnowSentenceLines) {
  EXPECT_TRUE(is_sentence_lines("the dog ran .\nit was late .\n`` hello , '' she said .\ncut"));
  EXPECT_FALSE(is_sentence_lines("The dog ran.\nIt was late.\nHello.\n"));
  EXPECT_FALSE(is_sentence_lines("a list\nof words\nwithout ends\n"));
  EXPECT_FALSE(is_sentence_lines(""));
}

TEST(Books, KnowWhereProjectGutenbergBegins) {
  EXPECT_TRUE(is_gutenberg_start("*** START OF THE PROJECT GUTENBERG EBOOK EMMA ***"));
  EXPECT_TRUE(is_gutenberg_start("***START OF THIS PROJECT GUTENBERG EBOOK EMMA***"));
  EXPECT_FALSE(is_gutenberg_start("The start of this project"));
}

}  // namespace
}  // namespace unimo::stages
