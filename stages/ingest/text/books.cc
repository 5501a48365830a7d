#include "stages/ingest/text/books.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "stages/ingest/stream/line_reader.h"
#include "stages/ingest/text/text_check.h"

namespace unimo::stages {

namespace {

constexpr std::size_t kLongestChapter = 8 << 20;
constexpr std::size_t kLongestHeading = 80;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_alnum(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || (static_cast<unsigned char>(c) & 0x80) != 0;
}

std::string upper_case(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return result;
}

bool is_blank_line(std::string_view line) {
  return line.find_first_not_of(" \t\f\v") == std::string_view::npos;
}

// "*** END OF THE PROJECT GUTENBERG EBOOK EMMA ***", and how older files say it.
bool is_gutenberg_end(std::string_view line) {
  const std::string text = upper_case(tidy_blanks(line));
  return text.starts_with("*** END OF TH") || text.starts_with("***END OF TH") ||
         text.starts_with("END OF PROJECT GUTENBERG") ||
         text.starts_with("END OF THE PROJECT GUTENBERG");
}

// A word that heads a chapter, with what may follow it: a number, a title.
constexpr auto kHeadings = std::to_array<std::string_view>(
    {"CHAPTER", "VOLUME", "BOOK", "PART", "LETTER", "PROLOGUE", "EPILOGUE", "PREFACE",
     "INTRODUCTION", "CONTENTS", "FOREWORD", "AFTERWORD", "CONCLUSION", "ACT", "SCENE", "SECTION"});
// What ends a book or a volume.
constexpr auto kEndings = std::to_array<std::string_view>({"THE END", "FINIS", "END"});

// I, XIV, 12, ONE, THE FIRST
bool is_ordinal(std::string_view word) {
  constexpr auto kWords = std::to_array<std::string_view>(
      {"ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE", "TEN", "ELEVEN",
       "TWELVE", "THE", "FIRST", "SECOND", "THIRD", "FOURTH", "FIFTH", "LAST"});
  while (!word.empty() && !is_alnum(word.back())) word.remove_suffix(1);
  if (word.empty()) return false;
  const bool roman = word.find_first_not_of("IVXLC") == std::string_view::npos;
  const bool number = word.find_first_not_of("0123456789") == std::string_view::npos;
  return roman || number || std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

bool is_ending(std::string_view paragraph) {
  std::string text = upper_case(paragraph);
  while (!text.empty() && !is_alnum(text.back())) text.pop_back();
  const bool volume = paragraph.starts_with("END OF ") && paragraph.size() < 40;
  return volume || std::find(kEndings.begin(), kEndings.end(), text) != kEndings.end();
}

bool is_illustration(std::string_view paragraph) {
  return paragraph.starts_with("[Illustration") && paragraph.ends_with("]");
}

class BookReader {
 public:
  BookReader(std::string_view file, const DocumentVisitor& visitor)
      : file_(file), visitor_(visitor) {}

  Status line(const LineReader::Line& line) {
    if (is_blank_line(line.text)) return end_paragraph();
    if (paragraph_.empty()) paragraph_line_ = line.number;
    append(line.text);
    return ok();
  }

  Status finish() {
    UNIMO_TRY(end_paragraph());
    return end_chapter();
  }

 private:
  // "Sorrow came--" and "well-" go on without a blank.
  void append(std::string_view text) {
    const std::string tidy = tidy_blanks(text);
    const bool joined = !paragraph_.empty() && paragraph_.back() == '-';
    if (!paragraph_.empty() && !joined) paragraph_ += ' ';
    paragraph_ += tidy;
  }

  Status end_paragraph() {
    if (paragraph_.empty()) return ok();
    const std::string paragraph = std::exchange(paragraph_, {});
    if (is_ending(paragraph) || is_illustration(paragraph)) return ok();
    if (is_chapter_heading(paragraph)) {
      UNIMO_TRY(end_chapter());
      title_ += (title_.empty() ? "" : ", ") + paragraph;
      if (begin_line_ == 0) begin_line_ = paragraph_line_;
      return ok();
    }
    if (text_.size() + paragraph.size() > kLongestChapter) UNIMO_TRY(end_chapter());
    if (begin_line_ == 0) begin_line_ = paragraph_line_;
    text_ += paragraph;
    remove_emphasis(text_, text_.size() - paragraph.size());
    text_ += '\n';
    return ok();
  }

  static void remove_emphasis(std::string& text, std::size_t from) {
    std::string tail = text.substr(from);
    text.resize(from);
    stages::remove_emphasis(tail);
    text += tail;
  }

  // Headings wait for the text of their chapter.
  Status end_chapter() {
    if (text_.empty()) return ok();
    RawDocument document;
    document.place = fmt::format("{}:{}", file_, begin_line_);
    document.id = document.place;
    document.title = std::exchange(title_, {});
    document.text = std::exchange(text_, {});
    begin_line_ = 0;
    return visitor_.add(std::move(document));
  }

  std::string_view file_;
  const DocumentVisitor& visitor_;
  std::string title_, text_, paragraph_;
  std::int64_t begin_line_ = 0, paragraph_line_ = 0;
};

}  // namespace

bool is_sentence_lines(std::string_view head) {
  constexpr std::int64_t kFewest = 3;
  const std::size_t last = head.rfind('\n');
  if (last == std::string_view::npos) return false;
  head = head.substr(0, last + 1);
  std::int64_t lines = 0, sentences = 0;
  while (!head.empty()) {
    const std::size_t end = head.find('\n');
    const std::string line = tidy_blanks(head.substr(0, end));
    head.remove_prefix(end + 1);
    if (line.empty()) continue;
    if (std::any_of(line.begin(), line.end(), is_upper)) return false;
    ++lines;
    for (const std::string_view stop : {" .", " !", " ?", " ''", " ...", " \"", " :", " ;"})
      if (line.ends_with(stop)) {
        ++sentences;
        break;
      }
  }
  return lines >= kFewest && 10 * sentences >= 8 * lines;
}

Status visit_sentence_lines(std::unique_ptr<ByteSource> source, std::string_view file,
                            std::int64_t lines_per_document, const DocumentVisitor& visitor) {
  LineReader lines(std::move(source), {});
  RawDocument document;
  std::int64_t count = 0;
  const auto flush = [&]() -> Status {
    if (count == 0) return ok();
    count = 0;
    document.form = TextForm::kSentences;
    return visitor.add(std::exchange(document, {}));
  };
  for (LineReader::Line line; UNIMO_TRY(lines.next(line));) {
    if (is_blank_line(line.text)) {
      UNIMO_TRY(flush());
      continue;
    }
    if (count == 0) document.id = document.place = fmt::format("{}:{}", file, line.number);
    (document.text += line.text) += '\n';
    if (++count == lines_per_document || document.text.size() > kLongestChapter) UNIMO_TRY(flush());
  }
  return flush();
}

bool is_gutenberg_start(std::string_view line) {
  const std::string text = upper_case(tidy_blanks(line));
  return text.starts_with("*** START OF TH") || text.starts_with("***START OF TH") ||
         text.starts_with("*END*THE SMALL PRINT") || text.starts_with("*END THE SMALL PRINT");
}

Status visit_book(std::unique_ptr<ByteSource> source, std::string_view file,
                  bool has_gutenberg_start, const DocumentVisitor& visitor) {
  LineReader lines(std::move(source), {});
  BookReader book(file, visitor);
  bool begun = !has_gutenberg_start;
  for (LineReader::Line line; UNIMO_TRY(lines.next(line));) {
    if (is_gutenberg_end(line.text)) break;
    if (!begun) {
      begun = is_gutenberg_start(line.text);
    } else {
      UNIMO_TRY(book.line(line));
    }
  }
  return book.finish();
}

bool is_chapter_heading(std::string_view paragraph) {
  if (paragraph.size() > kLongestHeading) return false;
  const std::string text = upper_case(paragraph);
  const std::size_t end = std::min(text.find(' '), text.size());
  std::string_view word = std::string_view(text).substr(0, end);
  while (!word.empty() && !is_letter(word.back())) word.remove_suffix(1);
  if (std::find(kHeadings.begin(), kHeadings.end(), word) == kHeadings.end()) return false;
  if (end == text.size()) return true;
  const std::string_view rest = std::string_view(text).substr(end + 1);
  // "Part of the house burned." is a sentence, "Chapter 5. The Storm" is not.
  return is_ordinal(rest.substr(0, rest.find(' '))) &&
         (text == paragraph || rest.find(' ') == std::string_view::npos ||
          (!paragraph.ends_with('.') && !paragraph.ends_with('?') && !paragraph.ends_with('"')));
}

// _them_ and =them=; what joins names (snake_case) stays.
void remove_emphasis(std::string& text) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool before = i > 0 && is_alnum(text[i - 1]);
    const bool after = i + 1 < text.size() && is_alnum(text[i + 1]);
    if (text[i] == '_' && !(before && after)) continue;
    if (text[i] == '=' && before != after) continue;
    text[kept++] = text[i];
  }
  text.resize(kept);
}

}  // namespace unimo::stages
