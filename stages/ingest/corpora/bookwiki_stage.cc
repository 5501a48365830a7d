#include <algorithm>
#include <set>

#include "orchestrator/stage/stage.h"
#include "stages/ingest/assemble.h"
#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/corpora/text_files.h"
#include "stages/ingest/stream/archive_reader.h"
#include "stages/ingest/text/books.h"
#include "stages/ingest/text/document_sink.h"
#include "stages/ingest/text/peeked_source.h"
#include "stages/ingest/text/wiki_dump.h"
#include "stages/schema/official_counts.h"
#include "stages/schema/text_corpora.h"

namespace unimo::stages {

namespace {

constexpr std::size_t kHead = 64 << 10;  // bytes by which a file is told

constexpr int kFiles = 6, kCategories = 14;  // numbers of namespaces in every wiki

// Of a folder: what corpora call their files. The index of a multistream dump is not text.
bool is_text_name(const std::string& name) {
  const std::string base = name.substr(name.rfind('/') + 1);
  if (base.starts_with(".") || base.find("multistream-index") != std::string::npos) return false;
  if (base.starts_with("wiki_")) return true;
  for (const char* part : {".txt", ".xml", ".tar", ".tgz", ".zip", ".json"})
    if (base.find(part) != std::string::npos) return true;
  return false;
}

class BookWikiReader {
 public:
  BookWikiReader(StageContext& context, const BookWikiIngest& params, RecordsWriter& writer,
                 Quarantine& quarantine)
      : context_(context),
        params_(params),
        writer_(writer),
        sink_(context, params.cleaning, {.wikitext = wikitext()}, writer, quarantine) {
    visitor_.add = [this](RawDocument document) -> Status {
      if (sink_.full()) return fail(ErrorCode::kCancelled, "enough");  // ends the walk; see read
      return sink_.add(std::move(document));
    };
    visitor_.refuse = [this](Quarantine::Entry entry) { sink_.refuse(std::move(entry)); };
  }

  Status start() { return sink_.start(); }

  Status read(const TextFile& file) {
    const Status status = read_file(file);
    // max_documents are there: the walk ended itself.
    if (!status && sink_.full() && !StageContext::stop_requested()) return ok();
    return status;
  }

  bool full() const { return sink_.full(); }

  Status finish() {
    UNIMO_TRY(sink_.finish());
    const bool only_books = sources_ == std::set<std::string>{"sentences"};
    if (only_books && names_.contains("books_large_p1.txt") &&
        names_.contains("books_large_p2.txt")) {
      writer_.official("sentences", kBookCorpusSentences);
    }
    return ok();
  }

 private:
  WikitextOptions wikitext() const {
    return {.headings = params_.headings,
            .lists = params_.lists,
            .appendices = params_.appendices,
            .hidden_namespaces = {}};
  }

  Status read_file(const TextFile& file) {
    const SourceOptions options{.threads = context_.job().resources.cores};
    if (UNIMO_TRY(is_archive(file.path))) {
      return visit_archive(file.path, {.source = options},
                           [&](const ArchiveMember& member, ByteSource& bytes) -> Status {
                             if (!is_text_name(member.name)) {
                               writer_.note("files.passed_over");
                               return ok();
                             }
                             return read_source(bytes, member.name);
                           });
    }
    const auto source = UNIMO_TRY(open_source(file.path, options));
    return read_source(*source, file.name);
  }

  Result<std::string> format_of(std::string_view head) const {
    if (params_.format != "detect") return params_.format;
    if (is_wiki_dump(head)) return std::string("dump");
    if (is_wiki_extract(head)) return std::string("extract");
    return std::string(is_sentence_lines(head) ? "sentences" : "book");
  }

  Status read_source(ByteSource& bytes, const std::string& name) {
    auto source = std::make_unique<PeekedSource>(bytes);
    const std::string head(UNIMO_TRY(source->peek(kHead)));
    if (head.empty()) {
      writer_.note("files.empty");
      return ok();
    }
    const std::string format = UNIMO_TRY(format_of(head));
    sources_.insert(format);
    names_.insert(name.substr(name.rfind('/') + 1));
    writer_.note("files." + format);
    if (format == "dump") return read_dump(*source, name);
    if (format == "extract") return visit_wiki_extract(std::move(source), name, visitor_);
    if (format == "sentences") {
      return visit_sentence_lines(std::move(source), name, params_.sentences_per_document,
                                  visitor_);
    }
    bool gutenberg = false;
    for (std::size_t at = 0; at < head.size() && !gutenberg;) {
      const std::size_t end = std::min(head.find('\n', at), head.size());
      gutenberg = is_gutenberg_start(std::string_view(head).substr(at, end - at));
      at = end + 1;
    }
    return visit_book(std::move(source), name, gutenberg, visitor_);
  }

  Status read_dump(ByteSource& source, const std::string& name) {
    WikiDumpVisitor visitor;
    visitor.site = [&](const WikiSite& site) {
      WikitextOptions options = wikitext();
      for (const int number : {kFiles, kCategories}) {
        const auto found = site.namespaces.find(number);
        if (found != site.namespaces.end()) hide(found->second, options);
      }
      return sink_.set_wikitext(options);
    };
    visitor.page = [&](WikiPage& page) { return take_page(page, source, name); };
    return visit_wiki_dump(source, visitor);
  }

  // Compared with prefixes of links in ASCII lower case, others as they stand.
  static void hide(std::string space, WikitextOptions& options) {
    options.hidden_namespaces.push_back(space);
    for (char& c : space)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    options.hidden_namespaces.push_back(std::move(space));
  }

  Status take_page(WikiPage& page, ByteSource& source, const std::string& name) {
    if (++pages_ % 1024 == 0)
      context_.events().progress(source.consumed(), source.file_size(), "bytes of " + name);
    if (page.redirect) {
      writer_.note("pages.redirects");
      return ok();
    }
    if (page.space != 0) {
      writer_.note("pages.other_namespaces");
      return ok();
    }
    if (!page.model.empty() && page.model != "wikitext") {
      writer_.note("pages.other_models");
      return ok();
    }
    const std::string place = fmt::format("{} byte {}", name, page.offset);
    if (page.too_large || page.id.empty()) {
      sink_.refuse({place, page.id, page.too_large ? "page_too_large" : "page_without_id",
                    "\"" + page.title + "\""});
      return ok();
    }
    if (page.revisions > 1) writer_.note("pages.several_revisions");
    if (is_redirect_text(page.text)) {
      writer_.note("pages.redirects");
      return ok();
    }
    RawDocument document;
    document.id = std::move(page.id);
    document.title = std::move(page.title);
    document.place = place;
    document.text = std::move(page.text);
    document.form = TextForm::kWikitext;
    return visitor_.add(std::move(document));
  }

  // Old dumps have no <redirect>.
  static bool is_redirect_text(std::string_view text) {
    std::string head(text.substr(0, 9));
    for (char& c : head)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    return head == "#REDIRECT";
  }

  StageContext& context_;
  const BookWikiIngest& params_;
  RecordsWriter& writer_;
  DocumentSink sink_;
  DocumentVisitor visitor_;
  std::set<std::string> sources_, names_;
  std::int64_t pages_ = 0;
};

}  // namespace

Status run_ingest_bookwiki(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<BookWikiIngest>());
  std::int64_t passed_over = 0;
  const auto files = UNIMO_TRY(find_text_files(context.inputs("texts"), is_text_name, passed_over));
  Quarantine quarantine;
  auto writer = UNIMO_TRY(RecordsWriter::create(context.output(), "bookwiki"));
  if (passed_over > 0) writer.note("files.passed_over", passed_over);
  BookWikiReader reader(context, params, writer, quarantine);
  UNIMO_TRY(reader.start());
  for (std::size_t i = 0; i < files.size() && !reader.full(); ++i) {
    UNIMO_TRY(reader.read(files[i]));
    context.events().progress(static_cast<std::int64_t>(i + 1),
                              static_cast<std::int64_t>(files.size()), "files");
  }
  UNIMO_TRY(reader.finish());
  return finish_records(context, writer, quarantine, params.max_bad_share);
}

}  // namespace unimo::stages
