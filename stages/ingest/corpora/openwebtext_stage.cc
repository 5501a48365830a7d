#include <algorithm>
#include <set>

#include "orchestrator/stage/stage.h"
#include "stages/ingest/assemble.h"
#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/corpora/text_files.h"
#include "stages/ingest/stream/archive_reader.h"
#include "stages/ingest/text/document_sink.h"
#include "stages/ingest/text/peeked_source.h"
#include "stages/schema/official_counts.h"
#include "stages/schema/text_corpora.h"

namespace unimo::stages {

namespace {

// Gokaslan and Cohen 2019, OpenWebText Corpus: documents in urlsf_subset00 to urlsf_subset20.
constexpr std::size_t kSubsets = 21;

constexpr std::int64_t kLongestDocument = 64 << 20;

bool is_text_name(const std::string& name) {
  const std::string base = name.substr(name.rfind('/') + 1);
  if (base.starts_with(".")) return false;
  for (const char* ending : {".txt", ".xz", ".tar", ".tgz", ".gz", ".zst", ".zip", ".bz2"})
    if (base.ends_with(ending)) return true;
  return false;
}

std::string without_ending(std::string_view name) {
  for (const std::string_view ending : {".txt", ".xz", ".tar"})
    if (name.ends_with(ending)) name.remove_suffix(ending.size());
  return std::string(name);
}

// By the first bytes: gzip, bzip2, xz, zstd, zip, or a tar's "ustar".
bool is_packed(std::string_view head) {
  using namespace std::string_view_literals;
  for (const std::string_view magic : {"\x1F\x8B"sv, "BZh"sv,
                                       "\xFD"sv
                                       "7zXZ\0"sv,
                                       "\x28\xB5\x2F\xFD"sv, "PK\x03\x04"sv}) {
    if (head.starts_with(magic)) return true;
  }
  return head.size() >= 262 && head.substr(257, 5) == "ustar";
}

class OpenWebTextReader {
 public:
  OpenWebTextReader(StageContext& context, const OpenWebTextIngest& params, RecordsWriter& writer,
                    Quarantine& quarantine)
      : context_(context),
        writer_(writer),
        sink_(context, params.cleaning, {.wikitext = {}, .drop_furniture = params.drop_furniture},
              writer, quarantine) {}

  Status start() { return sink_.start(); }
  bool full() const { return sink_.full(); }

  Status read(const TextFile& file) {
    const Status status = read_file(file);
    // max_documents are there: the walk ended itself.
    if (!status && sink_.full() && !StageContext::stop_requested()) return ok();
    return status;
  }

  Status finish() {
    UNIMO_TRY(sink_.finish());
    if (subsets_.size() == kSubsets) writer_.official("documents", kOpenWebTextDocuments);
    return ok();
  }

 private:
  Status read_file(const TextFile& file) {
    limits_.source.threads = context_.job().resources.cores;
    if (UNIMO_TRY(is_archive(file.path))) {
      note_subset(file.name);
      const std::string folder = without_ending(file.name);
      return visit_archive(file.path, limits_, [&](const ArchiveMember& member, ByteSource& bytes) {
        return read_member(member, bytes, folder, file.name);
      });
    }
    const auto source = UNIMO_TRY(open_source(file.path, limits_.source));
    return read_document(*source, without_ending(file.name), file.name);
  }

  // A document, or another archive: the corpus is a tar of packed tars.
  Status read_member(const ArchiveMember& member, ByteSource& bytes, const std::string& folder,
                     const std::string& place) {
    const std::string base = member.name.substr(member.name.rfind('/') + 1);
    const std::string inside = place + ": " + member.name;
    PeekedSource source(bytes);
    const std::string head(UNIMO_TRY(source.peek(512)));
    if (!is_packed(head)) {
      if (!base.starts_with("."))
        return read_document(source, folder + "/" + without_ending(base), inside);
      writer_.note("files.passed_over");
      return ok();
    }
    note_subset(base);
    const std::string inner = without_ending(base);
    const auto visit = [&](const ArchiveMember& document, ByteSource& content) {
      return read_member(document, content, inner, inside);
    };
    if (++depth_ > 4)
      return fail(ErrorCode::kInvalid, "{}: archives in archives without end", inside);
    const Status status = visit_archive(source, limits_, visit);
    --depth_;
    return status;
  }

  Status read_document(ByteSource& source, std::string id, std::string place) {
    if (sink_.full()) return fail(ErrorCode::kCancelled, "enough");  // ends the walk; see read
    if (++documents_ % 1024 == 0)
      context_.events().progress(source.consumed(), source.file_size(), "bytes");
    RawDocument document;
    document.text = UNIMO_TRY(read_all(source, kLongestDocument));
    if (document.text.starts_with("\xFF\xFE") || document.text.starts_with("\xFE\xFF")) {
      sink_.refuse({std::move(place), std::move(id), "utf16", "convert it to UTF-8"});
      return ok();
    }
    document.id = std::move(id);
    document.place = std::move(place);
    return sink_.add(std::move(document));
  }

  // "urlsf_subset07-12_data.xz": the number 07.
  void note_subset(const std::string& name) {
    constexpr std::string_view kStart = "urlsf_subset";
    const std::size_t at = name.find(kStart);
    if (at != std::string::npos) subsets_.insert(name.substr(at + kStart.size(), 2));
  }

  StageContext& context_;
  RecordsWriter& writer_;
  DocumentSink sink_;
  ArchiveLimits limits_;
  std::set<std::string> subsets_;
  std::int64_t documents_ = 0;
  int depth_ = 0;
};

}  // namespace

Status run_ingest_openwebtext(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<OpenWebTextIngest>());
  std::int64_t passed_over = 0;
  const auto files = UNIMO_TRY(find_text_files(context.inputs("texts"), is_text_name, passed_over));
  Quarantine quarantine;
  auto writer = UNIMO_TRY(RecordsWriter::create(context.output(), "openwebtext"));
  if (passed_over > 0) writer.note("files.passed_over", passed_over);
  OpenWebTextReader reader(context, params, writer, quarantine);
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
