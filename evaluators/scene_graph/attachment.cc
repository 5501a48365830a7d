#include "evaluators/scene_graph/attachment.h"

#include <algorithm>
#include <array>

#include "evaluators/scene_graph/lexicon.h"

namespace unimo::eval {

namespace {

// What people do, rather than the things they are at: "a man on a bench sitting".
bool is_posture(std::string_view verb) {
  static constexpr std::array<std::string_view, 7> kPostures = {"sit", "stand", "lie", "drive",
                                                                "lay", "run",   "read"};
  return std::find(kPostures.begin(), kPostures.end(), verb) != kPostures.end();
}

// "a desk and a chair with wheels": the chair has wheels. "a toilet and a sink on the left": both
// are on the left when they are what the caption is about, the sink when they hang on something.
ObjectList last_of_list(const Clause& clause, std::string_view preposition) {
  const bool all = clause.site.kind == Site::Kind::kBare || !clause.determined;
  if (clause.last.size() < 2 || (all && preposition != "of" && preposition != "with")) {
    return clause.last;
  }
  return {clause.last.back()};
}

}  // namespace

const ObjectList& subject_of_participle(const Clause& clause, const GraphBuilder& graph,
                                        const VerbPart& verb) {
  const ObjectList& subject = clause.subject;
  if (clause.last.empty() || subject.empty() || verb.passive || graph.is_animate(clause.last)) {
    return clause.last;
  }
  const bool things_do = (word_classes(verb.lemma) & kThingVerb) != 0;
  if (graph.is_animate(subject)) {
    const bool of_the_thing =
        things_do && !is_posture(verb.lemma) && clause.site.kind != Site::Kind::kDirectObject;
    return of_the_thing ? clause.last : subject;
  }
  // "a plane on a runway taking off"; but "a table with a vase holding flowers".
  const std::string& preposition = clause.site.from.preposition.text;
  const bool place = clause.site.kind == Site::Kind::kAfterPreposition && preposition != "with" &&
                     preposition != "of";
  return place && !things_do ? subject : clause.last;
}

Waiting site_of_preposition(const Clause& clause, const GraphBuilder& graph,
                            std::string_view preposition, bool owned) {
  const Site& site = clause.site;
  if (clause.last.empty() || (clause.separated && !clause.subject.empty())) {
    return {.subjects = clause.subject};
  }
  Waiting of_last = {.subjects = last_of_list(clause, preposition)};
  if (preposition == "of" || site.kind == Site::Kind::kBare) return of_last;
  Waiting of_verb = {.subjects = site.from.subjects, .verb = site.from.verb, .told = true};
  const bool with = preposition == "with";
  if (site.kind == Site::Kind::kDirectObject) {
    const bool stative = (word_classes(site.from.verb.lemma) & kStativeVerb) != 0;
    return with || owned || stative ? of_last : of_verb;
  }
  if (site.kind == Site::Kind::kAfterVerb && (word_classes(preposition) & kDirectionWord) != 0) {
    return of_verb;
  }
  if (with && graph.is_animate(site.from.subjects) && !graph.is_animate(clause.last)) {
    return {.subjects = site.from.subjects};
  }
  return of_last;
}

}  // namespace unimo::eval
