#include "stages/rewrites/word_files.h"

#include <functional>
#include <string>
#include <string_view>

#include "evaluators/scene_graph/lemmas.h"
#include "evaluators/scene_graph/tagger.h"
#include "orchestrator/base/file.h"
#include "stages/rewrites/word_counts.h"

namespace unimo::stages {

namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

Result<WordSet> read_names(const std::filesystem::path& file,
                           const std::function<void(const std::string&, WordSet&)>& add) {
  const auto lines = UNIMO_TRY(read_lines(file));
  WordSet words;
  for (std::string_view line : lines) {
    while (!line.empty()) {
      const std::size_t comma = std::min(line.find(','), line.size());
      const std::string name = lower_case_of(trimmed(line.substr(0, comma)));
      if (!name.empty()) add(name, words);
      line.remove_prefix(std::min(comma + 1, line.size()));
    }
  }
  if (words.empty()) {
    return fail(ErrorCode::kInvalid,
                "{}: no words; a vocabulary has one entry a line, its names between commas",
                file.string());
  }
  return words;
}

}  // namespace

Result<WordSet> read_object_file(const std::filesystem::path& file, const eval::WordNet* wordnet) {
  return read_names(file, [&](const std::string& name, WordSet& words) {
    const std::size_t blank = name.rfind(' ');
    const std::size_t last = blank == std::string::npos ? 0 : blank + 1;
    words.insert(name.substr(0, last) + eval::noun_lemma(name.substr(last), wordnet));
  });
}

Result<WordSet> read_attribute_file(const std::filesystem::path& file) {
  return read_names(file, [](const std::string& name, WordSet& words) { words.insert(name); });
}

Result<WordSet> read_relation_file(const std::filesystem::path& file,
                                   const eval::WordNet* wordnet) {
  return read_names(file, [&](const std::string& name, WordSet& words) {
    for (const eval::TaggedWord& word : eval::tag_caption(name, wordnet)) {
      words.insert(word.text);
      const eval::VerbReading verb = eval::verb_reading(word.text, wordnet);
      if (verb.form != eval::VerbForm::kNone) words.insert(verb.lemma);
    }
  });
}

}  // namespace unimo::stages
