#include "stages/decontaminate/find_texts.h"

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "orchestrator/base/in_parallel.h"
#include "orchestrator/stage/stage.h"
#include "stages/ingest/records.h"

namespace unimo::stages {

namespace {

// Texts in memory at once, twice: one lot is searched while the next is read.
constexpr std::size_t kBatchBytes = 8 << 20;
constexpr std::size_t kMaxWordsBytes = 2000;  // of the common words that are written down

Status check_stop() {
  if (!StageContext::stop_requested()) return ok();
  return fail(ErrorCode::kCancelled, "stopped while comparing texts");
}

struct TextTask {
  bool is_document = false;
  std::string id, text;
  std::vector<DocumentRecord::Span> sentences;
  std::vector<TextMatch> matches;
};

class TextFinder {
 public:
  TextFinder(StageContext& context, std::string corpus, const TextSearch& search,
             const HeldTexts& held, LeakTable& leaks)
      : context_(context),
        corpus_(std::move(corpus)),
        search_(search),
        held_(held),
        leaks_(leaks) {}

  Status add(TextTask task) {
    reading_bytes_ += task.text.size();
    checked_.bytes += static_cast<std::int64_t>(task.text.size());
    ++(task.is_document ? checked_.documents : checked_.texts);
    reading_.push_back(std::move(task));
    return reading_bytes_ < kBatchBytes ? ok() : next_batch();
  }

  // After the last add.
  Result<TextsChecked> finish() {
    UNIMO_TRY(next_batch());
    UNIMO_TRY(next_batch());
    return checked_;
  }

 private:
  // Takes over what was searched, and starts on what was read.
  Status next_batch() {
    if (searcher_.joinable()) searcher_.join();
    for (TextTask& task : searching_) UNIMO_TRY(tell(task));
    searching_ = std::exchange(reading_, {});
    reading_bytes_ = 0;
    if (!searching_.empty()) searcher_ = std::jthread([this] { search(); });
    context_.events().progress(checked_.bytes >> 20, 0, "MiB of text");
    return check_stop();
  }

  // In groups, because most texts are one sentence.
  void search() {
    constexpr std::size_t kGroup = 64;
    in_parallel((searching_.size() + kGroup - 1) / kGroup, search_.threads, [&](std::size_t group) {
      std::vector<MatchingWord> words;
      const std::size_t end = std::min(searching_.size(), (group + 1) * kGroup);
      for (std::size_t i = group * kGroup; i < end; ++i)
        searching_[i].matches = held_.find(searching_[i].text, words);
    });
  }

  // One leak a document and benchmark's text would flood the table: the first match stands for all.
  Status tell(const TextTask& task) {
    if (task.matches.empty()) return ok();
    const TextMatch& first = task.matches.front();
    const HeldTexts::Origin origin = held_.origin(first.text);
    TextLeak leak{.corpus = corpus_,
                  .id = task.id,
                  .is_document = task.is_document,
                  .benchmark = origin.benchmark,
                  .held_out = origin.id,
                  .words = words_of(task, first),
                  .sentences = sentences_of(task)};
    leak.removed = search_.removal != TextRemoval::kNothing;
    leak.whole = leak.removed && (!task.is_document || leak.sentences.empty() ||
                                  search_.removal == TextRemoval::kDocuments);
    return leaks_.add(leak);
  }

  // Begin and end of a match are those of words, so that no character is cut but at the limit.
  static std::string words_of(const TextTask& task, const TextMatch& match) {
    std::size_t end = std::min(match.end, match.begin + kMaxWordsBytes);
    while (end < match.end && (static_cast<unsigned char>(task.text[end]) & 0xC0U) == 0x80U) --end;
    return task.text.substr(match.begin, end - match.begin);
  }

  static std::vector<std::size_t> sentences_of(const TextTask& task) {
    std::vector<std::size_t> touched;
    for (std::size_t i = 0; i < task.sentences.size(); ++i) {
      const auto& span = task.sentences[i];
      const bool touches =
          std::any_of(task.matches.begin(), task.matches.end(),
                      [&](const auto& m) { return m.begin < span.end && span.begin < m.end; });
      if (touches) touched.push_back(i);
    }
    return touched;
  }

  StageContext& context_;
  std::string corpus_;
  const TextSearch& search_;
  const HeldTexts& held_;
  LeakTable& leaks_;
  TextsChecked checked_;
  std::vector<TextTask> reading_, searching_;
  std::size_t reading_bytes_ = 0;
  std::jthread searcher_;  // last: it ends before what it works on
};

}  // namespace

Status hold_texts(const InputItem& artifact, const std::set<std::string>& splits, HeldTexts& held) {
  const std::string source = UNIMO_TRY(read_records_source(artifact.path));
  UNIMO_TRY(visit_examples(artifact.path, [&](ExampleRecord& example) {
    if (!splits.contains(example.split)) return check_stop();
    for (const auto& [name, text] : example.parts) held.add(source, example.id, text);
    for (const std::string& text : example.targets) held.add(source, example.id, text);
    return check_stop();
  }));
  IdTable images;
  UNIMO_TRY(visit_images(artifact.path, [&](ImageRecord& image) {
    if (splits.contains(image.split)) images.insert(image.id);
    return check_stop();
  }));
  UNIMO_TRY(visit_captions(artifact.path, [&](CaptionRecord& caption) {
    if (images.contains(caption.image)) held.add(source, caption.id, caption.text);
    return check_stop();
  }));
  UNIMO_TRY(visit_texts(artifact.path, [&](TextRecord& text) {
    if (splits.contains(text.split)) held.add(source, text.id, text.text);
    return check_stop();
  }));
  return visit_documents(artifact.path, [&](DocumentRecord& document) {
    if (splits.contains(document.split)) held.add(source, document.id, document.text);
    return check_stop();
  });
}

Result<TextsChecked> find_texts(StageContext& context, const InputItem& artifact,
                                const TextSearch& search, const HeldTexts& held, LeakTable& leaks) {
  TextFinder finder(context, UNIMO_TRY(read_records_source(artifact.path)), search, held, leaks);
  UNIMO_TRY(visit_texts(artifact.path, [&](TextRecord& text) {
    return finder.add({.id = std::move(text.id), .text = std::move(text.text)});
  }));
  UNIMO_TRY(visit_documents(artifact.path, [&](DocumentRecord& document) {
    return finder.add({.is_document = true,
                       .id = std::move(document.id),
                       .text = std::move(document.text),
                       .sentences = std::move(document.sentences)});
  }));
  return finder.finish();
}

}  // namespace unimo::stages
