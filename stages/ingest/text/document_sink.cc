#include "stages/ingest/text/document_sink.h"

#include <algorithm>

#include "orchestrator/base/hash.h"
#include "orchestrator/stage/stage.h"
#include "stages/ingest/text/furniture.h"
#include "stages/ingest/text/sentences.h"
#include "stages/ingest/text/text_check.h"
#include "stages/ingest/text/unicode.h"
#include "stages/ingest/text/wikitext_parts.h"

namespace unimo::stages {

namespace {

constexpr std::size_t kMostWaitingBytes = 32 << 20;
constexpr std::size_t kMostWaiting = 256;

std::int64_t count_words(std::string_view text) {
  std::int64_t words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\n';
    words += !blank && !inside;
    inside = !blank;
  }
  return words;
}

// In [0, 1), from the seed and the id alone.
double share_of(std::uint64_t seed, std::string_view id) {
  const std::string digest = sha256_hex(fmt::format("{}\n{}", seed, id));
  return static_cast<double>(std::stoull(digest.substr(0, 12), nullptr, 16)) /
         static_cast<double>(1ULL << 48);
}

// The quotes of the Penn Treebank, `` and '', as they are typed.
bool replace_ptb_quotes(std::string& line) {
  bool any = false;
  for (const std::string_view quote : {"``", "''"}) {
    for (std::size_t at = line.find(quote); at != std::string::npos; at = line.find(quote, at)) {
      line.replace(at, quote.size(), "\"");
      any = true;
    }
  }
  return any;
}

MinHashOptions min_hash(const TextCleaning& cleaning) {
  return {.permutations = static_cast<int>(cleaning.permutations),
          .bands = static_cast<int>(cleaning.bands),
          .threshold = cleaning.threshold};
}

// To form C; true when that changed it.
bool compose(std::string& line) {
  std::string composed = to_nfc(line);
  if (composed == line) return false;
  line = std::move(composed);
  return true;
}

// Calls `take` with each line, tidied, that is not empty.
template <class Take>
void visit_lines(std::string_view text, Take take) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string line = tidy_line(text.substr(0, end));
    if (!line.empty()) take(std::move(line));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

DocumentSink::DocumentSink(StageContext& context, const TextCleaning& cleaning,
                           DocumentOptions options, RecordsWriter& writer, Quarantine& quarantine)
    : context_(context),
      cleaning_(cleaning),
      options_(std::move(options)),
      writer_(writer),
      quarantine_(quarantine) {}

Status DocumentSink::start() {
  if (cleaning_.near_duplicates) {
    near_ = UNIMO_TRY(NearDuplicates::create(context_.output(), min_hash(cleaning_)));
    spool_ = UNIMO_TRY(DocumentSpool::create(context_.output()));
  }
  workers_ = std::make_unique<OrderedWorkers<RawDocument, Ready>>(
      context_.job().resources.cores, [this](RawDocument& raw) { return prepare(raw); });
  return ok();
}

Status DocumentSink::set_wikitext(const WikitextOptions& options) {
  UNIMO_TRY(drain(0));  // documents of the file before use the options of their own
  options_.wikitext = options;
  return ok();
}

bool DocumentSink::full() const {
  return cleaning_.max_documents > 0 && writer_.documents() >= cleaning_.max_documents;
}

void DocumentSink::refuse(Quarantine::Entry entry) {
  quarantine_.saw(Item::kText);
  quarantine_.add(Item::kText, std::move(entry));
}

Status DocumentSink::add(RawDocument document) {
  if (StageContext::stop_requested())
    return fail(ErrorCode::kCancelled, "stopped while reading documents");
  waiting_bytes_ += document.text.size();
  workers_->put(std::move(document));
  return drain(kMostWaitingBytes);
}

// Takes what is ready until no more than `bytes` wait.
Status DocumentSink::drain(std::size_t bytes) {
  while (workers_->waiting() > 0 &&
         (waiting_bytes_ > bytes || workers_->waiting() > kMostWaiting || bytes == 0)) {
    UNIMO_TRY(take(workers_->take()));
  }
  return ok();
}

DocumentSink::Ready DocumentSink::prepare(const RawDocument& raw) const {
  Ready ready;
  ready.raw_bytes = raw.text.size();
  ready.place = raw.place;
  ready.document.id = raw.id;
  ready.document.title = tidy_line(with_replacements(raw.title));
  if (const std::size_t bad = first_bad_byte(raw.text); bad != std::string_view::npos) {
    const std::size_t begin = bad > 20 ? bad - 20 : 0;
    ready.bad = fmt::format(
        "byte {} of the document is 0x{:02X}: \"{}\"", bad,
        static_cast<unsigned char>(raw.text[bad]),
        tidy_blanks(with_replacements(std::string_view(raw.text).substr(begin, bad - begin + 20))));
    return ready;
  }
  if (has_replacement(raw.text)) ready.notes.emplace_back("documents.with_replacements", 1);
  std::string text;
  if (raw.form == TextForm::kWikitext) {
    text = wikitext_to_text(raw.text, options_.wikitext, raw.title);
  } else {
    text = raw.form == TextForm::kExtract ? wikitext::tidy_lines(raw.text) : raw.text;
  }
  fill(ready, text, raw.form);
  judge(ready);
  return ready;
}

// Text and sentences.
void DocumentSink::fill(Ready& ready, std::string_view text, TextForm form) const {
  DocumentRecord& document = ready.document;
  document.text.reserve(text.size());
  std::int64_t furniture = 0, quotes = 0;
  bool composed = false;
  visit_lines(text, [&](std::string line) {
    // After the blanks: a sign without width may have stood between a letter and its accent.
    if (cleaning_.nfc) composed |= compose(line);
    if (options_.drop_furniture && is_page_furniture(line)) {
      ++furniture;
      return;
    }
    if (form == TextForm::kSentences) {
      quotes += replace_ptb_quotes(line);
      if (!document.text.empty()) document.text += ' ';
      const std::size_t begin = document.text.size();
      document.text += line;
      document.sentences.push_back({begin, document.text.size()});
      return;
    }
    const std::size_t begin = document.text.size();
    document.text += line;
    for (const SentenceSpan& span : sentence_spans(line))
      document.sentences.push_back({begin + span.begin, begin + span.end});
    document.text += '\n';
  });
  if (form == TextForm::kSentences && !document.text.empty()) document.text += '\n';
  if (composed) ready.notes.emplace_back("documents.nfc", 1);
  if (furniture > 0) ready.notes.emplace_back("paragraphs.furniture", furniture);
  if (quotes > 0) ready.notes.emplace_back("sentences.ptb_quotes", quotes);
}

// Whether the document stays, as far as it can be said by itself.
void DocumentSink::judge(Ready& ready) const {
  const std::string& text = ready.document.text;
  if (!has_word(text)) {
    ready.note = "documents.empty";
  } else if (count_words(text) < cleaning_.min_words) {
    ready.note = "documents.short";
  } else if (!cleaning_.script.empty() &&
             script_share(text, cleaning_.script) < cleaning_.script_share) {
    ready.note = "documents.other_script";
  }
  if (!ready.note.empty()) return;
  if (cleaning_.exact_duplicates) ready.hash = content_hash(text);
  if (cleaning_.near_duplicates) ready.signature = signature_of(text, min_hash(cleaning_));
}

Status DocumentSink::take(Ready ready) {
  waiting_bytes_ -= ready.raw_bytes;
  if (full()) return ok();
  quarantine_.saw(Item::kText);
  if (!ready.bad.empty()) {
    quarantine_.add(Item::kText, {ready.place, ready.document.id, "invalid_utf8", ready.bad});
    return ok();
  }
  for (const auto& [name, count] : ready.notes) writer_.note(name, count);
  if (ready.note.empty() && cleaning_.exact_duplicates) {
    const std::string_view key(reinterpret_cast<const char*>(&ready.hash), sizeof(ready.hash));
    if (!contents_.insert(key)) ready.note = "documents.duplicate";
  }
  if (!ready.note.empty()) {
    writer_.note(ready.note);
    return ok();
  }
  DocumentRecord& document = ready.document;
  document.split = share_of(context_.seed(), document.id) < cleaning_.val_share ? "val" : "train";
  if (!near_) return keep(document);
  UNIMO_TRY(near_->add(ready.signature));
  return spool_->add(document);
}

Status DocumentSink::keep(const DocumentRecord& document) {
  if (full()) return ok();
  const Status added = writer_.add_document(document);
  if (added || added.error().code != ErrorCode::kInvalid) return added;
  return fail(ErrorCode::kInvalid, "{}; is the same file given twice?", added.error().message);
}

Status DocumentSink::write_spooled() {
  const std::vector<bool> gone = UNIMO_TRY(near_->find());
  UNIMO_TRY(spool_->rewind());
  for (std::size_t number = 0; !full(); ++number) {
    if (number % 1024 == 0 && StageContext::stop_requested())
      return fail(ErrorCode::kCancelled, "stopped while writing documents");
    const auto document = UNIMO_TRY(spool_->next());
    if (!document) break;
    if (gone[number]) {
      writer_.note("documents.near_duplicate");
    } else {
      UNIMO_TRY(keep(*document));
    }
  }
  return ok();
}

Status DocumentSink::finish() {
  UNIMO_TRY(drain(0));
  return near_ ? write_spooled() : ok();
}

}  // namespace unimo::stages
