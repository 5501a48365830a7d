// Any bytes as a dump, an extract, lines of sentences or a book: an error or documents, never a
// crash, and the same whatever the pieces they come in.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "stages/ingest/text/books.h"
#include "stages/ingest/text/wiki_dump.h"
#include "stages/ingest/text/wiki_extract.h"
#include "tests/fuzz/fuzz_bytes.h"
#include "tests/fuzz/fuzz_choice.h"

namespace {

using namespace unimo::stages;  // NOLINT: one small file

std::string read_dump(FuzzBytes source) {
  std::string seen;
  WikiDumpVisitor dump;
  dump.max_page_bytes = 300;
  dump.page = [&](WikiPage& page) {
    seen += fmt::format("{} {} {} {} {}\n{}\n", page.id, page.title, page.space, page.offset,
                        page.too_large, page.text);
    return unimo::ok();
  };
  // Where expat tells a mistake depends on the pieces it gets.
  return visit_wiki_dump(source, dump) ? seen : seen + "not whole";
}

std::string read_documents(FuzzBytes bytes, unsigned choice) {
  std::string seen;
  DocumentVisitor visitor;
  visitor.add = [&](const RawDocument& document) {
    seen += fmt::format("{} {}\n{}\n", document.place, document.title, document.text);
    return unimo::ok();
  };
  visitor.refuse = [&](const Quarantine::Entry& entry) { seen += entry.source + entry.reason; };
  auto source = std::make_unique<FuzzBytes>(bytes);
  const auto status = choice == 1   ? visit_wiki_extract(std::move(source), "f", visitor)
                      : choice == 2 ? visit_sentence_lines(std::move(source), "f", 10, visitor)
                                    : visit_book(std::move(source), "f", choice == 4, visitor);
  return status ? seen : seen + status.error().message;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned choice = fuzz_choice(data, size, 5);
  const auto read = [&](std::size_t at_once) {
    const FuzzBytes bytes(data, size, at_once);
    return choice == 0 ? read_dump(bytes) : read_documents(bytes, choice);
  };
  if (read(size + 1) != read(size == 0 ? 1 : 1 + data[size - 1] % 64U)) std::abort();
  return 0;
}
