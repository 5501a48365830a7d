#include "stages/miniworld/caption_meaning.h"

#include <algorithm>
#include <string>
#include <utility>

#include "stages/miniworld/lexicon.h"
#include "stages/miniworld/phrases.h"

namespace unimo::stages {

namespace {

enum class PieceKind {
  kPlace,
  kPredicate,
  kNeighbour,  // "on its left": the last thing lies so to the one before
  kThing,
  kColour,
  kSize,
  kTexture,
  kThe,
  kA,
  kIs,
  kIt,
  kHolds,
  kCount,
  kMark,
  kFiller
};

// A word, or several that belong together, with what they mean.
struct Piece {
  PieceKind kind = PieceKind::kFiller;
  int value = 0;  // of the enumeration, or a number
};

struct Entry {
  std::vector<std::string> words;
  Piece piece;
};

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  const auto flush = [&] {
    if (!word.empty()) words.push_back(std::exchange(word, {}));
  };
  for (const char c : text) {
    if (c == ' ' || c == '\n') {
      flush();
    } else if (c == ',' || c == ':' || c == '.') {
      flush();
      words.emplace_back(1, c);
    } else {
      word += c;
    }
  }
  flush();
  return words;
}

class Lexicon {
 public:
  Lexicon() {
    for (std::size_t i = 0; i < kThings; ++i)
      add_all(noun_words(static_cast<Thing>(i)), PieceKind::kThing, i);
    for (std::size_t i = 0; i < kColours; ++i)
      add(word(static_cast<Colour>(i)), PieceKind::kColour, i);
    for (std::size_t i = 0; i < kSizes; ++i)
      add_all(size_words(static_cast<Size>(i)), PieceKind::kSize, i);
    for (std::size_t i = 0; i < kTextures; ++i)
      add_all(texture_words(static_cast<Texture>(i)), PieceKind::kTexture, i);
    for (std::size_t i = 0; i < kPlaces; ++i)
      add_all(place_phrases(static_cast<Place>(i)), PieceKind::kPlace, i);
    for (std::size_t i = 0; i < kPredicates; ++i)
      add_all(preposition_phrases(static_cast<Predicate>(i)), PieceKind::kPredicate, i);
    add_sentences();
    // The longest first: "on the left side of" is not "on".
    std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
      return a.words.size() > b.words.size();
    });
  }

  // The words as pieces; nothing when one is unknown.
  std::optional<std::vector<Piece>> read(const std::vector<std::string>& words) const {
    std::vector<Piece> pieces;
    for (std::size_t i = 0; i < words.size();) {
      const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.words.size() <= words.size() - i &&
               std::equal(entry.words.begin(), entry.words.end(),
                          words.begin() + static_cast<std::ptrdiff_t>(i));
      });
      if (found == entries_.end()) return std::nullopt;
      pieces.push_back(found->piece);
      i += found->words.size();
    }
    return pieces;
  }

 private:
  static constexpr std::size_t kPredicates = 6;

  void add(std::string_view phrase, PieceKind kind, std::size_t value = 0) {
    entries_.push_back({split_words(phrase), {kind, static_cast<int>(value)}});
  }
  void add_all(const std::vector<std::string_view>& phrases, PieceKind kind, std::size_t value) {
    for (const std::string_view phrase : phrases) add(phrase, kind, value);
  }

  // What stands around the things in sentences.
  void add_sentences() {
    const auto neighbour = [this](std::string_view phrase, Predicate predicate) {
      add(phrase, PieceKind::kNeighbour, static_cast<std::size_t>(predicate));
    };
    neighbour("on its left", Predicate::kLeftOf);
    neighbour("on its right", Predicate::kRightOf);
    neighbour("on its top", Predicate::kOn);
    for (const std::string_view phrase :
         {"we see one thing only", "nothing but", "alone", "the only object here"})
      add(phrase, PieceKind::kCount, 1);
    add("two things", PieceKind::kCount, 2);
    add("three things", PieceKind::kCount, 3);
    add("four things", PieceKind::kCount, 4);
    for (const std::string_view phrase :
         {"there is", "there are", "a picture of", "the picture shows", "a drawing that shows",
          "someone has left", "someone has put", "can be seen", "you can see that", "has its place",
          "a scene with", "a group of things", "is there too", "we find", "look at", "that is"})
      add(phrase, PieceKind::kFiller);
    for (const std::string_view phrase : {"stands", "sits", "rests", "are", "find", "both", "and",
                                          "with", "nearby", "besides", "while", "carries"})
      add(phrase, PieceKind::kFiller);
    add("is", PieceKind::kIs);
    add("the", PieceKind::kThe);
    add("a", PieceKind::kA);
    add("an", PieceKind::kA);
    add("it", PieceKind::kIt);
    add("holds", PieceKind::kHolds);
    for (const std::string_view mark : {",", ":", "."}) add(mark, PieceKind::kMark);
  }

  std::vector<Entry> entries_;
};

const Lexicon& lexicon() {
  static const Lexicon words;
  return words;
}

// A preposition whose second thing is still to come.
struct Waiting {
  Predicate predicate = Predicate::kLeftOf;
  std::optional<std::size_t> other;
  bool turned = false;  // the thing to come is the subject
};

// From pieces to a meaning, from left to right.
class CaptionReader {
 public:
  explicit CaptionReader(const std::vector<Piece>& pieces) : pieces_(pieces) {}

  std::optional<CaptionMeaning> read() {
    for (; next_ < pieces_.size(); ++next_) take(pieces_[next_]);
    add_predicative();
    if (broken_ || meaning_.mentions.empty() || waiting_) return std::nullopt;
    return std::move(meaning_);
  }

 private:
  void take(const Piece& piece) {
    switch (piece.kind) {
      case PieceKind::kPlace:
        if (meaning_.place && *meaning_.place != static_cast<Place>(piece.value)) broken_ = true;
        meaning_.place = static_cast<Place>(piece.value);
        break;
      case PieceKind::kCount: meaning_.count = static_cast<std::size_t>(piece.value); break;
      case PieceKind::kColour: pending_.colour = static_cast<Colour>(piece.value); break;
      case PieceKind::kSize: pending_.size = static_cast<Size>(piece.value); break;
      case PieceKind::kTexture: pending_.texture = static_cast<Texture>(piece.value); break;
      case PieceKind::kThe: pending_ = {.definite = true}; break;
      case PieceKind::kA: pending_ = {}; break;
      case PieceKind::kIs: pending_ = {}; break;
      case PieceKind::kThing: take_thing(static_cast<Thing>(piece.value)); break;
      case PieceKind::kHolds: holds_ = true; break;
      case PieceKind::kNeighbour: take_neighbour(static_cast<Predicate>(piece.value)); break;
      case PieceKind::kPredicate: take_predicate(static_cast<Predicate>(piece.value)); break;
      case PieceKind::kIt:
      case PieceKind::kMark:
      case PieceKind::kFiller: break;
    }
  }

  // The kind of the next piece that is not "is".
  PieceKind kind_after(std::size_t place) const {
    for (++place; place < pieces_.size(); ++place) {
      if (pieces_[place].kind != PieceKind::kIs) return pieces_[place].kind;
    }
    return PieceKind::kMark;
  }
  bool begins_thing(PieceKind kind) const {
    return kind == PieceKind::kThe || kind == PieceKind::kA || kind == PieceKind::kColour ||
           kind == PieceKind::kThing || kind == PieceKind::kSize || kind == PieceKind::kTexture;
  }

  void take_thing(Thing thing) {
    pending_.thing = thing;
    const std::size_t number = meaning_.mentions.size();
    meaning_.mentions.push_back(std::exchange(pending_, {}));
    if (!waiting_) return;
    Waiting& w = *waiting_;
    if (w.other) {
      const auto [subject, object] =
          w.turned ? std::pair(number, *w.other) : std::pair(*w.other, number);
      meaning_.relations.push_back({subject, w.predicate, object});
      waiting_.reset();
    } else {
      // "above a box there is a ball": the subject is still to come.
      w.other = number;
      w.turned = true;
    }
  }

  void take_neighbour(Predicate predicate) {
    const std::size_t count = meaning_.mentions.size();
    if (count < 2) {
      broken_ = true;
      return;
    }
    meaning_.relations.push_back({count - 1, predicate, count - 2});
  }

  void take_predicate(Predicate predicate) {
    const PieceKind after = kind_after(next_);
    if (after == PieceKind::kIt) {
      // "look at the box: above it is a ball" or "a box with a ball above it".
      if (!begins_thing(kind_after(next_ + 1))) return take_neighbour(predicate);
      if (meaning_.mentions.empty())
        broken_ = true;
      else
        waiting_ = Waiting{predicate, meaning_.mentions.size() - 1, true};
      return;
    }
    if (!begins_thing(after)) {
      // "a box holds a ball inside".
      if (holds_ && predicate == Predicate::kInside) return take_neighbour(predicate);
      broken_ = true;
      return;
    }
    if (waiting_) broken_ = true;
    if (meaning_.mentions.empty())
      waiting_ = Waiting{predicate, std::nullopt, false};
    else
      waiting_ = Waiting{predicate, meaning_.mentions.size() - 1, false};
  }

  // "the ball on the beach is red and striped": attributes without a thing of their own behind
  // them.
  void add_predicative() {
    if (!pending_.colour && !pending_.size && !pending_.texture) return;
    if (meaning_.mentions.empty()) return;
    Mention& first = meaning_.mentions.front();
    if (pending_.colour) first.colour = pending_.colour;
    if (pending_.size) first.size = pending_.size;
    if (pending_.texture) first.texture = pending_.texture;
  }

  const std::vector<Piece>& pieces_;
  std::size_t next_ = 0;
  CaptionMeaning meaning_;
  Mention pending_;
  std::optional<Waiting> waiting_;
  bool holds_ = false, broken_ = false;
};

bool fits(const Mention& mention, const SceneObject& object) {
  return mention.thing == object.thing && (!mention.colour || *mention.colour == object.colour) &&
         (!mention.size || *mention.size == object.size) &&
         (!mention.texture || *mention.texture == object.texture);
}

bool holds_in(const Scene& scene, std::size_t subject, Predicate predicate, std::size_t object) {
  return std::any_of(scene.relations.begin(), scene.relations.end(), [&](const Relation& r) {
    if (r.subject == subject && r.object == object && r.predicate == predicate) return true;
    return r.subject == object && r.object == subject && inverse(r.predicate) == predicate &&
           inverse(r.predicate) != r.predicate;
  });
}

// Whether the mentions from `next` on can be things of the scene.
bool can_assign(const CaptionMeaning& meaning, const Scene& scene,
                std::vector<std::size_t>& chosen) {
  const std::size_t next = chosen.size();
  if (next == meaning.mentions.size()) {
    return std::all_of(meaning.relations.begin(), meaning.relations.end(),
                       [&](const ClaimedRelation& r) {
                         return holds_in(scene, chosen[r.subject], r.predicate, chosen[r.object]);
                       });
  }
  for (std::size_t i = 0; i < scene.objects.size(); ++i) {
    if (!fits(meaning.mentions[next], scene.objects[i])) continue;
    const bool taken = std::find(chosen.begin(), chosen.end(), i) != chosen.end();
    if (taken && !meaning.mentions[next].definite) continue;
    chosen.push_back(i);
    if (can_assign(meaning, scene, chosen)) return true;
    chosen.pop_back();
  }
  return false;
}

}  // namespace

std::optional<CaptionMeaning> read_meaning(std::string_view text) {
  const auto pieces = lexicon().read(split_words(lower_case(text)));
  if (!pieces) return std::nullopt;
  return CaptionReader(*pieces).read();
}

bool is_true_of(const CaptionMeaning& meaning, const Scene& scene) {
  if (meaning.place && *meaning.place != scene.place) return false;
  if (meaning.count && *meaning.count != scene.objects.size()) return false;
  std::vector<std::size_t> chosen;
  return can_assign(meaning, scene, chosen);
}

}  // namespace unimo::stages
