#include "stages/miniworld/picture_questions.h"

#include <algorithm>
#include <map>
#include <set>

#include "stages/miniworld/text_scene.h"

namespace unimo::stages {

namespace {

using Words = std::vector<std::string>;

constexpr std::size_t kPeople = 10;

std::string plain(std::string_view text) { return std::string(text); }

std::size_t alike(const Scene& scene, Thing thing) {
  return static_cast<std::size_t>(
      std::count_if(scene.objects.begin(), scene.objects.end(),
                    [&](const SceneObject& object) { return object.thing == thing; }));
}

PictureQuestion is_there(const Scene& scene, Draws& draws) {
  const bool yes = draws.chance(0.5);
  SceneObject thing = draws.pick(scene.objects);
  const auto seen = [&] {
    return std::any_of(scene.objects.begin(), scene.objects.end(), [&](const SceneObject& object) {
      return object.thing == thing.thing && object.colour == thing.colour;
    });
  };
  // Mostly a colour and a kind that the picture shows, but not of one thing.
  while (!yes && seen()) {
    thing = draws.pick(scene.objects);
    thing.colour = draws.pick(scene.objects).colour;
    if (draws.chance(0.75)) continue;
    if (draws.chance(0.3)) {
      thing.thing = static_cast<Thing>(draws.below(kThings));
    } else {
      thing.colour = static_cast<Colour>(draws.below(kColours));
    }
  }
  const std::string noun =
      with_article(fmt::format("{} {}", word(thing.colour), word(thing.thing)));
  return {say({"Is there", noun, "in the picture?"}), "is there a", "yes/no", yes ? "yes" : "no"};
}

PictureQuestion how_it_lies(const Scene& scene, Draws& draws) {
  const Relation& relation = draws.pick(scene.relations);
  const bool yes = draws.chance(0.5);
  std::size_t a = relation.subject, b = relation.object;
  std::string lies(word(relation.predicate));
  if (draws.chance(0.5)) {
    std::swap(a, b);
    lies = turned_word(relation.predicate);
  }
  if (!yes) std::swap(a, b);
  return {say({"Is", the_coloured(scene.objects[a]), lies, the_coloured(scene.objects[b]) + "?"}),
          "is the", "yes/no", yes ? "yes" : "no"};
}

PictureQuestion what_lies(const Scene& scene, Draws& draws) {
  const Relation& relation = draws.pick(scene.relations);
  const bool turned = draws.chance(0.5);
  const SceneObject& asked = scene.objects[turned ? relation.object : relation.subject];
  const SceneObject& known = scene.objects[turned ? relation.subject : relation.object];
  const std::string lies(turned ? turned_word(relation.predicate) : word(relation.predicate));
  // More than one may lie there; people name the one that the question was made for.
  return {say({"What is", lies, the_coloured(known) + "?"}), "what is", "other",
          plain(word(asked.thing))};
}

PictureQuestion how_many(const Scene& scene, Draws& draws) {
  std::string what = "things";
  std::size_t count = scene.objects.size();
  if (draws.chance(0.6)) {
    const SceneObject& thing = draws.pick(scene.objects);
    const bool colour = draws.chance(0.5);
    what = colour ? plain(word(thing.colour)) + " things" : plural(word(thing.thing));
    count = static_cast<std::size_t>(
        std::count_if(scene.objects.begin(), scene.objects.end(), [&](const SceneObject& object) {
          return colour ? object.colour == thing.colour : object.thing == thing.thing;
        }));
  }
  return {say({"How many", what, "are there?"}), "how many", "number", std::to_string(count)};
}

PictureQuestion what_colour(const Scene& scene, Draws& draws) {
  const SceneObject& thing = draws.pick(scene.objects);
  // Two balls are told apart by their pattern or not asked about.
  if (alike(scene, thing.thing) > 1) return how_many(scene, draws);
  return {say({"What color is", the_thing(thing) + "?"}), "what color is the", "other",
          plain(word(thing.colour))};
}

PictureQuestion where(const Scene& scene, Draws& draws) {
  const SceneObject& thing = draws.pick(scene.objects);
  // At night nobody sees where this is.
  if (scene.place == Place::kNight) return what_colour(scene, draws);
  return {say({"Where is", the_coloured(thing) + "?"}), "where is the", "other",
          plain(word(scene.place))};
}

PictureQuestion any_question(const Scene& scene, Draws& draws) {
  const std::size_t kind = draws.below(8);
  const bool related = !scene.relations.empty();
  if (kind < 2) return is_there(scene, draws);
  if (kind == 2) return related ? how_it_lies(scene, draws) : is_there(scene, draws);
  if (kind == 3) return related ? what_lies(scene, draws) : what_colour(scene, draws);
  if (kind == 4) return how_many(scene, draws);
  if (kind < 7) return what_colour(scene, draws);
  return where(scene, draws);
}

// What people say who do not say the usual word.
Words other_words(const PictureQuestion& question) {
  static const std::map<std::string, Words> kOthers{{"ball", {"sphere"}},
                                                    {"box", {"crate"}},
                                                    {"house", {"cottage"}},
                                                    {"car", {"automobile"}},
                                                    {"boat", {"sailboat"}},
                                                    {"flower", {"blossom"}},
                                                    {"cup", {"mug"}},
                                                    {"umbrella", {"parasol"}},
                                                    {"mushroom", {"toadstool"}},
                                                    {"purple", {"violet"}},
                                                    {"beach", {"on beach", "sand"}},
                                                    {"snow", {"outside"}},
                                                    {"meadow", {"grass", "field"}},
                                                    {"room", {"inside", "indoors"}},
                                                    {"desert", {"sand"}},
                                                    {"orange", {"light brown"}},
                                                    {"1", {"one"}},
                                                    {"2", {"two"}},
                                                    {"3", {"three"}},
                                                    {"4", {"four"}}};
  const auto found = kOthers.find(question.answer);
  return found == kOthers.end() ? Words{} : found->second;
}

std::string wrong_answer(const PictureQuestion& question, Draws& draws) {
  if (question.answer_type == "yes/no") return question.answer == "yes" ? "no" : "yes";
  if (question.answer_type == "number") return std::to_string(1 + draws.below(5));
  if (question.question_type == "where is the") return "outside";
  if (question.question_type == "what is")
    return plain(word(static_cast<Thing>(draws.below(kThings))));
  return plain(word(static_cast<Colour>(draws.below(kColours))));
}

}  // namespace

std::vector<PictureQuestion> write_picture_questions(const Scene& scene, std::size_t count,
                                                     Draws& draws) {
  constexpr int kTries = 40;
  std::vector<PictureQuestion> questions;
  std::set<std::string> asked;
  for (int i = 0; i < kTries && questions.size() < count; ++i) {
    PictureQuestion question = any_question(scene, draws);
    if (asked.insert(question.question).second) questions.push_back(std::move(question));
  }
  return questions;
}

std::vector<PersonsAnswer> ask_ten_people(const PictureQuestion& question, Draws& draws) {
  const Words others = other_words(question);
  std::vector<PersonsAnswer> answers;
  for (std::size_t i = 0; i < kPeople; ++i) {
    const double mood = draws.uniform();
    PersonsAnswer person{question.answer, mood < 0.85 ? "yes" : "maybe"};
    if (mood > 0.95) person = {wrong_answer(question, draws), "no"};
    if (mood > 0.87 && mood <= 0.95 && !others.empty()) person.answer = draws.pick(others);
    answers.push_back(std::move(person));
  }
  return answers;
}

std::string majority_answer(const std::vector<PersonsAnswer>& answers) {
  std::map<std::string, int> counts;
  for (const PersonsAnswer& person : answers) ++counts[person.answer];
  const auto most =
      std::max_element(counts.begin(), counts.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == counts.end() ? std::string() : most->first;
}

double answer_credit(const std::string& answer, const std::vector<PersonsAnswer>& answers) {
  double sum = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    double matches = 0;
    for (std::size_t j = 0; j < answers.size(); ++j)
      matches += j != i && answers[j].answer == answer ? 1 : 0;
    sum += std::min(1.0, matches / 3);
  }
  return sum / static_cast<double>(answers.size());
}

}  // namespace unimo::stages
