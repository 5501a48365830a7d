// The word forms of ROUGE-1.5.5's option -m: WordNet's exception lists first, then the Porter
// stemmer with that program's own step 4.
//
//   const auto exceptions = UNIMO_TRY(ExceptionLists::load(folder));
//   rouge_stem("children", &exceptions);  // "child"
//   rouge_stem("children", nullptr);      // "children": no lists
//
// Without the lists ROUGE-1 of English news summaries is about 0.3 points lower.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "orchestrator/base/result.h"

namespace unimo::eval {

// Irregular words and their base forms, as WordNet 2.0 lists them. Immutable: may be shared between
// threads.
class ExceptionLists {
 public:
  // Reads adj.exc, adv.exc, noun.exc and verb.exc of a folder, in this order: where two know a word
  // the later one holds ("better" is "well"). A line has a word and its base forms, separated by
  // blanks; the first base form counts. A line with one word is kInvalid.
  static Result<ExceptionLists> load(const std::filesystem::path& folder);

  // The base form, or nullptr for a word that is in no list.
  const std::string* base_of(std::string_view word) const;
  std::size_t size() const { return bases_.size(); }
  // SHA-256 of the four files one after another, as in `cat adj.exc adv.exc noun.exc verb.exc`.
  const std::string& digest() const { return digest_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view word) const {
      return std::hash<std::string_view>{}(word);
    }
  };
  Status add(const std::filesystem::path& file, std::string_view text);

  std::unordered_map<std::string, std::string, Hash, std::equal_to<>> bases_;
  std::string digest_;
};

// The form of a lower-case word that ROUGE-1.5.5 compares. Words of up to three bytes stay as they
// are. `exceptions` may be nullptr.
std::string rouge_stem(std::string_view word, const ExceptionLists* exceptions);

}  // namespace unimo::eval
