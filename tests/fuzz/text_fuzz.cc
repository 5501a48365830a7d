// Any bytes as text: one form, one answer, and sentences that lie in their paragraph.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "stages/ingest/text/furniture.h"
#include "stages/ingest/text/near_duplicates.h"
#include "stages/ingest/text/sentences.h"
#include "stages/ingest/text/text_check.h"
#include "stages/ingest/text/unicode.h"
#include "tests/fuzz/fuzz_file.h"

namespace {

using namespace unimo::stages;  // NOLINT: one small file

void check(bool holds) {
  if (!holds) std::abort();
}

void check_sentences(const std::string& paragraph) {
  std::size_t last = 0;
  for (const auto& span : sentence_spans(paragraph)) {
    check(span.begin >= last && span.end > span.begin && span.end <= paragraph.size());
    check(is_utf8(std::string_view(paragraph).substr(span.begin, span.end - span.begin)));
    last = span.end;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz_text(data, size);
  const std::string text = with_replacements(bytes);
  check(is_utf8(text) && is_utf8(bytes) == (text == bytes));
  check(is_utf8(bytes) == (first_bad_byte(bytes) == std::string_view::npos));
  const std::string composed = to_nfc(text);
  check(is_utf8(composed) && to_nfc(composed) == composed);
  for (const std::string& tidy : {tidy_blanks(composed), tidy_line(composed)}) {
    check(is_utf8(tidy) && tidy_blanks(tidy) == tidy);
    check_sentences(tidy);
  }
  for (const auto& paragraph : split_paragraphs(text)) {
    check(is_utf8(paragraph.text) && !paragraph.text.empty() && paragraph.line > 0);
    for (const std::string& sentence : split_sentences(paragraph.text)) check(!sentence.empty());
    (void)is_page_furniture(paragraph.text);
  }
  const double latin = script_share(composed, "latin");
  check(latin >= 0 && latin <= 1);
  (void)begins_lower_case(text);
  const MinHashOptions options{.permutations = 8, .bands = 2};
  const auto signature = signature_of(text, options);
  check(signature.empty() || similarity(signature, signature) == 1);
  check(content_hash(text) == content_hash(text + " !"));
  return 0;
}
