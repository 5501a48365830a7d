#include "stages/rewrites/taxonomy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <utility>

#include "orchestrator/base/file.h"

namespace unimo::stages {

namespace {

using eval::PartOfSpeech;

constexpr std::uint32_t kArtifactFile = 6, kLocationFile = 15, kPersonFile = 18;

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  while (!line.empty() && line.front() != '|') {
    const std::size_t end = std::min(line.find(' '), line.size());
    if (end > 0) fields.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return fields;
}

std::optional<std::uint32_t> number_of(std::string_view text, int base = 10) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Of places and people, whose synsets begin with a capital even where no pointer says that there is
// but one: "Jersey", which is an island.
bool is_name(std::uint32_t lexicographer_file, std::string_view first_word) {
  const bool may_be = lexicographer_file == kLocationFile || lexicographer_file == kPersonFile;
  return may_be && first_word.front() >= 'A' && first_word.front() <= 'Z';
}

struct DataLine {
  std::uint32_t offset = 0;
  std::uint32_t lexicographer_file = 0;
  bool is_name = false;
  std::vector<std::uint32_t> above;  // offsets in the same file
};

// synset_offset lex_filenum ss_type w_cnt word lex_id [word lex_id...] p_cnt [pointer_symbol
// synset_offset pos source/target...] [frames...] | gloss: wndb(5WN). w_cnt is hexadecimal.
std::optional<DataLine> read_data_line(std::string_view text) {
  const auto fields = fields_of(text);
  if (fields.size() < 5) return std::nullopt;
  const auto offset = number_of(fields[0]);
  const auto words = number_of(fields[3], 16);
  if (!offset || *offset >= (1U << 30) || !words || *words > fields.size()) return std::nullopt;
  const std::size_t at = 4 + 2 * std::size_t{*words};
  if (at >= fields.size()) return std::nullopt;
  const auto pointers = number_of(fields[at]);
  if (!pointers || at + 1 + 4 * std::size_t{*pointers} > fields.size()) return std::nullopt;
  DataLine line{
      .offset = *offset, .lexicographer_file = number_of(fields[1]).value_or(0), .above = {}};
  const bool satellite = fields[2] == "s";
  line.is_name = is_name(line.lexicographer_file, fields[4]);
  for (std::size_t i = 0; i < *pointers; ++i) {
    const auto pointer = std::span(fields).subspan(at + 1 + 4 * i, 4);
    const bool above = pointer[0] == "@" || pointer[0] == "@i" || (satellite && pointer[0] == "&");
    if (!above) continue;
    line.is_name |= pointer[0] == "@i";
    const auto target = number_of(pointer[1]);
    if (!target || *target >= (1U << 30)) return std::nullopt;
    line.above.push_back(*target);
  }
  return line;
}

// By WordNet's lexicographer files: lexnames(5WN). Of artifacts the heads tell more.
NounKinds kind_of_file(std::uint32_t lexicographer_file) {
  switch (lexicographer_file) {
    case 4:                      // act
    case 11: return kEventKind;  // event
    case 5: return kAnimalKind;  // animal
    case kArtifactFile:
    case 10: return kThingKind;  // communication: signs, letters, pictures
    case 8: return kBodyKind;    // body
    case 13: return kFoodKind;   // food
    case kLocationFile:
    case 17:                     // natural object
    case 19:                     // phenomenon: rain
    case 27: return kPlaceKind;  // substance: snow, sand, water
    case kPersonFile: return kPersonKind;
    case 20: return kPlantKind;  // plant
    default: return kOtherNounKind;
  }
}

// Artifacts that lie below one of these are of its kind.
struct HeadWord {
  std::string_view word;
  NounKinds kind;
};
constexpr std::array<HeadWord, 9> kHeadWords = {{{"clothing", kClothingKind},
                                                 {"footwear", kClothingKind},
                                                 {"headdress", kClothingKind},
                                                 {"conveyance", kVehicleKind},
                                                 {"furniture", kFurnitureKind},
                                                 {"structure", kPlaceKind},
                                                 {"way", kPlaceKind},
                                                 {"surface", kPlaceKind},
                                                 {"facility", kPlaceKind}}};

// Of a line of index.noun, in their order: the usual meaning first (wndb(5WN)). Its file has been
// checked by the WordNet that was loaded before.
std::vector<std::uint32_t> offsets_of(const std::vector<std::string_view>& fields) {
  const std::size_t count = fields.size() < 3 ? 0 : number_of(fields[2]).value_or(0);
  std::vector<std::uint32_t> offsets;
  if (count > fields.size()) return offsets;
  for (const std::string_view field : std::span(fields).last(count))
    offsets.push_back(number_of(field).value_or(0));
  return offsets;
}

bool share_one(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b) {
  auto left = a.begin();
  auto right = b.begin();
  while (left != a.end() && right != b.end()) {
    if (*left == *right) return true;
    *left < *right ? ++left : ++right;
  }
  return false;
}

}  // namespace

Status Taxonomy::add_data(const std::filesystem::path& file, PartOfSpeech part) {
  const auto lines = UNIMO_TRY(read_lines(file));
  const auto slot = static_cast<std::uint32_t>(part);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].empty() || lines[i].front() == ' ') continue;  // the licence stands in front
    const auto line = read_data_line(lines[i]);
    if (!line) {
      return fail(ErrorCode::kInvalid,
                  "{}:{}: no line of a WordNet data file; take Princeton's files of version 3.0",
                  file.string(), i + 1);
    }
    if (part == PartOfSpeech::kNoun)
      nouns_[line->offset] = {line->lexicographer_file, line->is_name};
    auto& above = parents_[line->offset * eval::kPartsOfSpeech + slot];
    for (const std::uint32_t target : line->above)
      above.push_back(target * eval::kPartsOfSpeech + slot);
  }
  return ok();
}

Result<Taxonomy> Taxonomy::load(const std::filesystem::path& folder) {
  Taxonomy taxonomy(UNIMO_TRY(eval::WordNet::load(folder)));
  UNIMO_TRY(taxonomy.add_data(folder / "data.noun", PartOfSpeech::kNoun));
  UNIMO_TRY(taxonomy.add_data(folder / "data.verb", PartOfSpeech::kVerb));
  UNIMO_TRY(taxonomy.add_data(folder / "data.adj", PartOfSpeech::kAdjective));
  UNIMO_TRY(taxonomy.add_kinds(folder / "index.noun"));
  taxonomy.nouns_.clear();
  taxonomy.heads_.clear();
  return taxonomy;
}

NounKinds Taxonomy::kind_of(std::uint32_t offset) const {
  const NounSynset& noun = nouns_.at(offset);
  if (noun.lexicographer_file != kArtifactFile) return kind_of_file(noun.lexicographer_file);
  const auto slot = static_cast<std::uint32_t>(PartOfSpeech::kNoun);
  const auto above = with_ancestors({offset * eval::kPartsOfSpeech + slot});
  NounKinds kinds = 0;
  for (const auto& [head, kind] : heads_)
    if (std::binary_search(above.begin(), above.end(), head)) kinds |= kind;
  return kinds != 0 ? kinds : kThingKind;
}

Status Taxonomy::add_kinds(const std::filesystem::path& index) {
  constexpr std::size_t kMeanings = 2;
  const auto lines = UNIMO_TRY(read_lines(index));
  const auto each_noun = [&](const auto& look) {
    for (const std::string& line : lines) {
      if (line.empty() || line.front() == ' ') continue;
      const auto fields = fields_of(line);
      if (!fields.empty()) look(fields[0], offsets_of(fields));
    }
  };
  each_noun([&](std::string_view noun, const std::vector<std::uint32_t>& offsets) {
    for (const HeadWord& head : kHeadWords) {
      if (head.word != noun) continue;
      for (const std::uint32_t offset : offsets) {
        const auto found = nouns_.find(offset);
        if (found != nouns_.end() && found->second.lexicographer_file == kArtifactFile)
          heads_.emplace_back(
              offset * eval::kPartsOfSpeech + static_cast<std::uint32_t>(PartOfSpeech::kNoun),
              head.kind);
      }
    }
  });
  each_noun([&](std::string_view noun, const std::vector<std::uint32_t>& offsets) {
    NounKinds kinds = 0;
    std::size_t meanings = 0;
    for (const std::uint32_t offset : offsets) {
      const auto found = nouns_.find(offset);
      if (found == nouns_.end() || found->second.is_name) continue;
      kinds |= kind_of(offset);
      if (++meanings == kMeanings) break;
    }
    // What somebody can be or touch is no event and no quantity: a "fire" in a grate.
    constexpr NounKinds kVague = kEventKind | kOtherNounKind;
    if ((kinds & ~kVague) != 0) kinds &= static_cast<NounKinds>(~kVague);
    kinds_.emplace(noun, kinds);
  });
  return ok();
}

NounKinds Taxonomy::kinds(std::string_view noun) const {
  std::string name(noun);
  std::replace(name.begin(), name.end(), ' ', '_');
  const auto found = kinds_.find(name);
  if (found != kinds_.end()) return found->second;
  const std::size_t blank = noun.rfind(' ');
  return blank == std::string_view::npos ? NounKinds{0} : kinds(noun.substr(blank + 1));
}

std::vector<std::uint32_t> Taxonomy::meanings(std::string_view word, PartOfSpeech part) const {
  std::vector<std::uint32_t> found;
  for (const std::uint32_t synset : wordnet_.synsets(word)) {
    if (synset % eval::kPartsOfSpeech == static_cast<std::uint32_t>(part)) found.push_back(synset);
  }
  const std::size_t blank = word.rfind(' ');
  if (!found.empty() || blank == std::string_view::npos) return found;
  return meanings(word.substr(blank + 1), part);
}

std::vector<std::uint32_t> Taxonomy::with_ancestors(
    const std::vector<std::uint32_t>& synsets) const {
  std::vector<std::uint32_t> all = synsets;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto found = parents_.find(all[i]);
    if (found == parents_.end()) continue;
    for (const std::uint32_t above : found->second) {
      if (std::find(all.begin(), all.end(), above) == all.end()) all.push_back(above);
    }
  }
  std::sort(all.begin(), all.end());
  return all;
}

bool Taxonomy::related(std::string_view a, std::string_view b, PartOfSpeech part) const {
  const auto left = meanings(a, part);
  const auto right = meanings(b, part);
  return share_one(with_ancestors(left), right) || share_one(left, with_ancestors(right));
}

}  // namespace unimo::stages
