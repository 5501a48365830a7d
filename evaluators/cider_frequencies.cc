#include "evaluators/cider_frequencies.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "orchestrator/base/file.h"
#include "orchestrator/base/hash.h"

namespace unimo::eval {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFormat = "unimo.cider_frequencies\t1";
constexpr std::string_view kDocuments = "documents\t";

// The number that is all of `text`, if it is from 1 to `most`; else 0.
long positive_number(std::string_view text, long most) {
  long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && number >= 1 && number <= most ? number : 0;
}

// Says what is wrong with an n-gram; empty when it is fine.
std::string_view mistake_of(std::string_view ngram) {
  const auto words = split_words(ngram);
  if (words.empty()) return "there is no n-gram after the count";
  if (words.size() > kMaxOrder) return "an n-gram has four words or fewer";
  std::size_t length = words.size() - 1;
  for (const std::string_view word : words) length += word.size();
  const auto blanks = static_cast<std::size_t>(std::count(ngram.begin(), ngram.end(), ' '));
  if (length != ngram.size() || blanks != words.size() - 1) {
    return "the words of an n-gram are separated by one blank";
  }
  return {};
}

Status add_entry(const std::string& line, CiderFrequencies& frequencies) {
  const std::size_t tab = line.find('\t');
  if (tab == std::string::npos) {
    return fail(ErrorCode::kInvalid, "needs a count, a tab and an n-gram");
  }
  const std::string_view count = std::string_view(line).substr(0, tab);
  const long number = positive_number(count, frequencies.documents);
  if (number == 0) {
    return fail(ErrorCode::kInvalid, "\"{}\" is no count from 1 to {}, the number of documents",
                count, frequencies.documents);
  }
  std::string ngram = line.substr(tab + 1);
  if (const auto mistake = mistake_of(ngram); !mistake.empty()) {
    return fail(ErrorCode::kInvalid, "{}", mistake);
  }
  const auto [place, is_new] = frequencies.of_ngram.try_emplace(std::move(ngram), number);
  if (!is_new) return fail(ErrorCode::kInvalid, "\"{}\" stands twice", place->first);
  return ok();
}

Result<long> document_count(const std::vector<std::string>& lines, const fs::path& file) {
  if (lines.empty() || lines[0] != kFormat) {
    return fail(ErrorCode::kInvalid,
                "{}:1: must be \"unimo.cider_frequencies\", a tab and the version 1",
                file.string());
  }
  constexpr long kMost = 1'000'000'000'000;
  const long documents = lines.size() > 1 && lines[1].starts_with(kDocuments)
                             ? positive_number(lines[1].substr(kDocuments.size()), kMost)
                             : 0;
  if (documents == 0) {
    return fail(ErrorCode::kInvalid,
                "{}:2: must be \"documents\", a tab and their number, 1 or more", file.string());
  }
  return documents;
}

}  // namespace

Result<CiderFrequencies> read_cider_frequencies(const fs::path& file) {
  const std::vector<std::string> lines = UNIMO_TRY(read_lines(file));
  CiderFrequencies frequencies;
  frequencies.documents = UNIMO_TRY(document_count(lines, file));
  frequencies.of_ngram.reserve(lines.size());
  for (std::size_t i = 2; i < lines.size(); ++i) {
    const auto added = add_entry(lines[i], frequencies);
    if (!added) {
      return fail(ErrorCode::kInvalid, "{}:{}: {}", file.string(), i + 1, added.error().message);
    }
  }
  frequencies.digest = UNIMO_TRY(hash_file(file));
  return frequencies;
}

CiderFrequencies count_cider_frequencies(std::span<const CaptionItem> items) {
  NgramTable table;
  const CountedItems counted = count_ngrams(items, table);
  const std::vector<int> counts = document_frequencies(counted);
  CiderFrequencies frequencies;
  frequencies.documents = static_cast<long>(items.size());
  const std::vector<std::string> texts = table.texts();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (counts[i] > 0) frequencies.of_ngram.emplace(texts[i], counts[i]);
  }
  frequencies.digest = sha256_hex(cider_frequencies_text(frequencies));
  return frequencies;
}

std::string cider_frequencies_text(const CiderFrequencies& frequencies) {
  std::vector<std::pair<std::string_view, long>> entries(frequencies.of_ngram.begin(),
                                                         frequencies.of_ngram.end());
  std::sort(entries.begin(), entries.end());
  std::string text = fmt::format("{}\n{}{}\n", kFormat, kDocuments, frequencies.documents);
  for (const auto& [ngram, count] : entries) text += fmt::format("{}\t{}\n", count, ngram);
  return text;
}

}  // namespace unimo::eval
