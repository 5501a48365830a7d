// Any bytes as a dump and as an extract: an error or pages, never a crash.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "stages/ingest/text/books.h"
#include "stages/ingest/text/wiki_dump.h"
#include "stages/ingest/text/wiki_extract.h"

namespace {

class Bytes final : public unimo::stages::ByteSource {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  unimo::Result<std::size_t> read(std::span<char> into) override {
    const std::size_t count = std::min(into.size(), size_ - given_);
    std::copy_n(data_ + given_, count, into.data());
    given_ += count;
    return count;
  }
  const std::string& name() const override { return name_; }
  std::int64_t consumed() const override { return static_cast<std::int64_t>(given_); }
  std::int64_t file_size() const override { return static_cast<std::int64_t>(size_); }

 private:
  const std::uint8_t* data_;
  std::size_t size_, given_ = 0;
  std::string name_ = "fuzz";
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::size_t pages = 0;
  unimo::stages::WikiDumpVisitor dump;
  dump.page = [&](unimo::stages::WikiPage& page) {
    pages += page.text.size();
    return unimo::ok();
  };
  Bytes source(data, size);
  (void)unimo::stages::visit_wiki_dump(source, dump).has_value();
  unimo::stages::DocumentVisitor visitor;
  visitor.add = [](unimo::stages::RawDocument) { return unimo::ok(); };
  visitor.refuse = [](unimo::stages::Quarantine::Entry) {};
  const auto bytes = [&] { return std::make_unique<Bytes>(data, size); };
  (void)unimo::stages::visit_wiki_extract(bytes(), "f", visitor).has_value();
  (void)unimo::stages::visit_sentence_lines(bytes(), "f", 10, visitor).has_value();
  (void)unimo::stages::visit_book(bytes(), "f", false, visitor).has_value();
  return 0;
}
