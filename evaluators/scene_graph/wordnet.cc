#include "evaluators/scene_graph/wordnet.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "evaluators/ngrams.h"
#include "orchestrator/base/file.h"
#include "orchestrator/base/hash.h"

namespace unimo::eval {

namespace {

namespace fs = std::filesystem;

// Calls `use(line, number)` for every line, the last one with or without its end.
template <class Use>
Status for_each_line(std::string_view text, const Use& use) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    UNIMO_TRY(use(text.substr(0, end), number));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return ok();
}

bool read_number(std::string_view text, std::uint32_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

struct IndexLine {
  std::uint32_t tagged_senses = 0;
  std::vector<std::uint32_t> offsets;
};

// lemma pos synset_cnt p_cnt [ptr_symbol...] sense_cnt tagsense_cnt synset_offset...: wndb(5WN).
bool read_index_line(const std::vector<std::string_view>& fields, IndexLine& line) {
  std::uint32_t pointers = 0, synsets = 0;
  if (fields.size() < 6 || !read_number(fields[2], synsets) || !read_number(fields[3], pointers)) {
    return false;
  }
  if (pointers > fields.size() || synsets > fields.size()) return false;
  const std::size_t tagged = 4 + pointers + 1;
  if (fields.size() != tagged + 1 + synsets) return false;
  if (!read_number(fields[tagged], line.tagged_senses)) return false;
  for (std::size_t i = tagged + 1; i < fields.size(); ++i) {
    std::uint32_t offset = 0;
    if (!read_number(fields[i], offset) || offset >= (1U << 30)) return false;
    line.offsets.push_back(offset);
  }
  return true;
}

std::string with_blanks(std::string_view lemma) {
  std::string word(lemma);
  std::replace(word.begin(), word.end(), '_', ' ');
  return word;
}

}  // namespace

Status WordNet::add_index(const fs::path& file, PartOfSpeech part) {
  const std::string text = UNIMO_TRY(read_file(file));
  digest_ += sha256_hex(text);
  const auto slot = static_cast<std::size_t>(part);
  return for_each_line(text, [&](std::string_view line, std::size_t number) -> Status {
    if (line.empty() || line.front() == ' ') return ok();  // the licence stands in front
    const auto fields = split_words(line);
    IndexLine index;
    if (!read_index_line(fields, index)) {
      return fail(ErrorCode::kInvalid, "{}:{}: no line of a WordNet index", file.string(), number);
    }
    Entry& entry = entries_[with_blanks(fields[0])];
    entry.tagged[slot] =
        static_cast<std::int16_t>(std::min<std::uint32_t>(index.tagged_senses, INT16_MAX));
    for (const std::uint32_t offset : index.offsets) {
      entry.synsets.push_back(offset * kPartsOfSpeech + static_cast<std::uint32_t>(slot));
    }
    return ok();
  });
}

Status WordNet::add_exceptions(const fs::path& file, PartOfSpeech part) {
  const std::string text = UNIMO_TRY(read_file(file));
  digest_ += sha256_hex(text);
  auto& forms = irregular_[static_cast<std::size_t>(part)];
  return for_each_line(text, [&](std::string_view line, std::size_t number) -> Status {
    const auto fields = split_words(line);
    if (fields.empty()) return ok();
    if (fields.size() < 2) {
      return fail(ErrorCode::kInvalid, "{}:{}: an exception needs its form and its base form",
                  file.string(), number);
    }
    forms.try_emplace(with_blanks(fields[0]), with_blanks(fields[1]));
    return ok();
  });
}

Result<WordNet> WordNet::load(const fs::path& folder) {
  WordNet wordnet;
  UNIMO_TRY(wordnet.add_index(folder / "index.noun", PartOfSpeech::kNoun));
  UNIMO_TRY(wordnet.add_index(folder / "index.verb", PartOfSpeech::kVerb));
  UNIMO_TRY(wordnet.add_index(folder / "index.adj", PartOfSpeech::kAdjective));
  UNIMO_TRY(wordnet.add_index(folder / "index.adv", PartOfSpeech::kAdverb));
  UNIMO_TRY(wordnet.add_exceptions(folder / "noun.exc", PartOfSpeech::kNoun));
  UNIMO_TRY(wordnet.add_exceptions(folder / "verb.exc", PartOfSpeech::kVerb));
  for (auto& [word, entry] : wordnet.entries_) {
    std::sort(entry.synsets.begin(), entry.synsets.end());
  }
  wordnet.digest_ = sha256_hex(wordnet.digest_);
  return wordnet;
}

const WordNet::Entry* WordNet::find(std::string_view word) const {
  const auto found = entries_.find(word);
  return found == entries_.end() ? nullptr : &found->second;
}

int WordNet::tagged_senses(std::string_view word, PartOfSpeech part) const {
  const Entry* entry = find(word);
  return entry == nullptr ? -1 : entry->tagged[static_cast<std::size_t>(part)];
}

bool WordNet::has(std::string_view word, PartOfSpeech part) const {
  return tagged_senses(word, part) >= 0;
}

std::string_view WordNet::irregular(std::string_view form, PartOfSpeech part) const {
  const auto& forms = irregular_[static_cast<std::size_t>(part)];
  const auto found = forms.find(form);
  return found == forms.end() ? std::string_view{} : std::string_view(found->second);
}

std::span<const std::uint32_t> WordNet::synsets(std::string_view word) const {
  const Entry* entry = find(word);
  return entry == nullptr ? std::span<const std::uint32_t>{} : entry->synsets;
}

bool WordNet::share_synset(std::string_view a, std::string_view b) const {
  const Entry* first = find(a);
  const Entry* second = find(b);
  if (first == nullptr || second == nullptr) return false;
  auto left = first->synsets.begin();
  auto right = second->synsets.begin();
  while (left != first->synsets.end() && right != second->synsets.end()) {
    if (*left == *right) return true;
    *left < *right ? ++left : ++right;
  }
  return false;
}

}  // namespace unimo::eval
