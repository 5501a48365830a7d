// Any bytes as wikitext: no crash, no hang, and UTF-8 out when UTF-8 went in.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "stages/ingest/text/sentences.h"
#include "stages/ingest/text/text_check.h"
#include "stages/ingest/text/unicode.h"
#include "stages/ingest/text/wikitext.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string plain = unimo::stages::wikitext_to_text(
      text, {.headings = true, .appendices = true, .hidden_namespaces = {"kind"}}, "Title");
  if (!unimo::stages::is_utf8(text)) return 0;
  if (!unimo::stages::is_utf8(plain)) std::abort();
  const std::string tidy = unimo::stages::tidy_line(unimo::stages::to_nfc(plain));
  if (!unimo::stages::is_utf8(tidy)) std::abort();
  std::size_t last = 0;
  for (const auto& span : unimo::stages::sentence_spans(tidy)) {
    if (span.begin < last || span.end <= span.begin || span.end > tidy.size()) std::abort();
    last = span.end;
  }
  return 0;
}
