#include "evaluators/meteor_synonyms.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>

#include "evaluators/line_file.h"
#include "evaluators/meteor_normalizer.h"
#include "orchestrator/base/hash.h"

namespace unimo::eval {

namespace {

namespace fs = std::filesystem;

struct SuffixRule {
  std::string_view suffix;
  std::string_view ending;
};

// The rules of detachment of WordNet's morph(), nouns, verbs, adjectives, in METEOR's order: the
// first that gives a known word counts.
constexpr std::array<SuffixRule, 20> kDetachments = {
    {{"s", ""},      {"ses", "s"},   {"xes", "x"}, {"zes", "z"}, {"ches", "ch"},
     {"shes", "sh"}, {"men", "man"}, {"ies", "y"}, {"s", ""},    {"ies", "y"},
     {"es", "e"},    {"es", ""},     {"ed", "e"},  {"ed", ""},   {"ing", "e"},
     {"ing", ""},    {"er", ""},     {"est", ""},  {"er", "e"},  {"est", "e"}}};

std::optional<std::uint32_t> whole_number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Status append_numbers(std::vector<SynsetId>& ids, std::span<const std::string_view> fields,
                      const LineFile& lines) {
  for (const std::string_view field : fields) {
    const auto id = whole_number(field);
    if (!id) {
      return fail(ErrorCode::kInvalid, "{}: \"{}\" is no synset number", lines.place(),
                  field.substr(0, 40));
    }
    ids.push_back(*id);
  }
  return ok();
}

void sort_once(std::vector<SynsetId>& ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

}  // namespace

Result<MeteorSynonyms> MeteorSynonyms::read(const fs::path& synsets, const fs::path& exceptions) {
  MeteorSynonyms synonyms;
  std::error_code error;
  const bool is_wordnet = fs::is_directory(synsets, error);
  UNIMO_TRY(is_wordnet ? synonyms.read_wordnet(synsets) : synonyms.read_synset_file(synsets));
  UNIMO_TRY(synonyms.read_exceptions(exceptions));
  return synonyms;
}

Status MeteorSynonyms::read_synset_file(const fs::path& file) {
  LineFile lines = UNIMO_TRY(LineFile::open(file));
  std::string_view line;
  while (lines.next(line)) {
    const std::string word(line);
    if (!lines.next(line)) {
      UNIMO_TRY(lines.end());
      return fail(ErrorCode::kInvalid, "{}: the word \"{}\" has no line of synset numbers",
                  lines.place(), word);
    }
    std::vector<SynsetId> ids;
    UNIMO_TRY(append_numbers(ids, split_java_words(line), lines));
    sort_once(ids);
    // Of a word that stands twice the last line counts, as in the official program.
    sets_.insert_or_assign(word, std::move(ids));
  }
  UNIMO_TRY(lines.end());
  synsets_digest_ = lines.digest();
  return ok();
}

Status MeteorSynonyms::read_wordnet(const fs::path& folder) {
  Sha256 all;
  for (const char* name : {"index.noun", "index.verb", "index.adj", "index.adv"}) {
    std::string digest;
    UNIMO_TRY(read_wordnet_index(folder / name, digest));
    all.field(name, digest);
  }
  for (auto& [word, ids] : sets_) sort_once(ids);
  synsets_digest_ = all.hex();
  return ok();
}

// wndb(5WN): lemma pos synset_cnt p_cnt [pointer symbol...] sense_cnt tagsense_cnt offset...
// The licence above the entries is indented.
Status MeteorSynonyms::read_wordnet_index(const fs::path& file, std::string& digest) {
  LineFile lines = UNIMO_TRY(LineFile::open(file));
  std::string_view line;
  while (lines.next(line)) {
    if (line.starts_with(' ')) continue;
    const auto fields = split_java_words(line);
    const auto count = fields.size() > 2 ? whole_number(fields[2]) : std::nullopt;
    if (!count || *count == 0 || fields.size() < 6 + std::size_t{*count}) {
      return fail(ErrorCode::kInvalid, "{}: not an entry of a WordNet index (lemma pos synsets …)",
                  lines.place());
    }
    UNIMO_TRY(append_numbers(sets_[std::string(fields[0])], std::span(fields).last(*count), lines));
  }
  UNIMO_TRY(lines.end());
  digest = lines.digest();
  return ok();
}

Status MeteorSynonyms::read_exceptions(const fs::path& file) {
  LineFile lines = UNIMO_TRY(LineFile::open(file));
  std::string_view line;
  while (lines.next(line)) {
    const std::string base(line);
    if (!lines.next(line)) {
      UNIMO_TRY(lines.end());
      return fail(ErrorCode::kInvalid, "{}: the base form \"{}\" has no line of its forms",
                  lines.place(), base);
    }
    for (const std::string_view form : split_java_words(line)) {
      bases_[std::string(form)].push_back(base);
    }
  }
  UNIMO_TRY(lines.end());
  exceptions_digest_ = lines.digest();
  return ok();
}

std::string MeteorSynonyms::base_by_suffix(std::string_view word) const {
  if (word.size() <= 2 || word.ends_with("ss")) return {};
  for (const SuffixRule& rule : kDetachments) {
    if (!word.ends_with(rule.suffix)) continue;
    std::string base(word.substr(0, word.size() - rule.suffix.size()));
    base += rule.ending;
    if (sets_.contains(base)) return base;
  }
  return {};
}

void MeteorSynonyms::append(std::vector<SynsetId>& ids, std::string_view word) const {
  const auto found = sets_.find(word);
  if (found != sets_.end()) ids.insert(ids.end(), found->second.begin(), found->second.end());
}

std::vector<SynsetId> MeteorSynonyms::synsets_of(std::string_view word) const {
  std::vector<SynsetId> ids;
  append(ids, word);
  const auto irregular = bases_.find(word);
  if (irregular != bases_.end()) {
    for (const std::string& base : irregular->second) append(ids, base);
  } else {
    append(ids, base_by_suffix(word));
  }
  sort_once(ids);
  return ids;
}

}  // namespace unimo::eval
