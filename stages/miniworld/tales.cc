#include "stages/miniworld/tales.h"

#include <map>

#include "stages/miniworld/text_scene.h"

namespace unimo::stages {

namespace {

using Words = std::vector<std::string>;

constexpr std::size_t kOtherAnswers = 3;  // CoQA's additional_answers

// The story as it grows; every sentence has a name, so that questions can point at it.
class Story {
 public:
  void add(const std::string& name, const std::string& sentence) {
    const bool paragraph = !text_.empty() && text_.back() == '\n';
    if (!text_.empty() && !paragraph) text_ += ' ';
    const std::int64_t begin = characters(text_);
    text_ += sentence;
    if (!name.empty()) places_[name] = {begin, characters(text_), sentence};
  }
  void paragraph() { text_ += " \n\n"; }  // CoQA's stories have such blanks
  Rationale at(const std::string& name) const { return places_.at(name); }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::map<std::string, Rationale> places_;
};

class Teller {
 public:
  Teller(const TextScene& scene, Draws& draws) : scene_(scene), draws_(draws) {
    hero_ = draws.pick(people());
    friend_ = draws.pick(people());
    // "he" and "she" stay clear when the two are not alike.
    while (friend_.he == hero_.he) friend_ = draws.pick(people());
  }

  Tale tell() {
    write_story();
    ask_about_story();
    return {story_.take(), std::move(turns_)};
  }

 private:
  const SceneObject& a() const { return scene_.things[0]; }
  const SceneObject& b() const { return scene_.things[1]; }
  const SceneObject& c() const { return scene_.things[2]; }
  std::string pick(const Words& words) { return draws_.pick(words); }
  std::string hero() const { return std::string(hero_.name); }
  std::string other() const { return std::string(friend_.name); }

  static std::string texture(const SceneObject& thing) {
    return std::string(value_word(Attribute::kTexture, value_of(thing, Attribute::kTexture)));
  }
  static std::string size(const SceneObject& thing) {
    return std::string(value_word(Attribute::kSize, value_of(thing, Attribute::kSize)));
  }

  void write_story() {
    const std::string when = pick({"One morning", "Last Sunday", "After school", "In the evening"});
    story_.add("went", say({when, hero(), "went", std::string(to_place(scene_.place)) + "."}));
    const std::string why =
        pick({"It was very quiet.", "The wind had gone to sleep.", "Nobody else was there."});
    story_.add("", why);
    story_.add("found", say({"There", std::string(hero_.he), "found",
                             with_article(size(a()) + " " + std::string(word(a().colour))),
                             std::string(word(a().thing)) + "."}));
    story_.add("texture", say({"It was", texture(a()) + "."}));
    story_.add("second", say({capitalised(with_article(std::string(word(b().colour)) + " " +
                                                       std::string(word(b().thing)))),
                              "stood", where_b(), "it."}));
    story_.paragraph();
    story_.add("left", say({capitalised(std::string(friend_.name)), "had left",
                            pick({"that one", "the second thing"}), "there",
                            pick({"a day", "a week", "an hour"}), "before."}));
    const std::string took = pick({"took", "carried", "brought"});
    taken_first_ = draws_.chance(0.5);
    story_.add("took", say({hero(), took, the_thing(taken_first_ ? a() : b()), "home and left",
                            the_thing(taken_first_ ? b() : a()), "where it was."}));
    story_.add(
        "gift",
        say({capitalised(std::string(friend_.he)), "came to see", std::string(hero_.him),
             "and brought",
             with_article(std::string(word(c().colour)) + " " + std::string(word(c().thing))) +
                 "."}));
    happy_ = draws_.chance(0.5);
    story_.add("end", happy_ ? say({"\"I have wished for one all year,\" said", hero() + "."})
                             : say({"\"I have three of them already,\" said", hero() + "."}));
  }

  // The second thing's place as seen from the first.
  std::string where_b() const { return std::string(turned_word(scene_.relations[0].predicate)); }

  void ask(std::string question, Words answers, const std::string& sentence) {
    TaleTurn turn{.question = std::move(question)};
    turn.answer = answers[0];
    for (std::size_t i = 0; i < kOtherAnswers; ++i) turn.others.push_back(draws_.pick(answers));
    if (!sentence.empty()) turn.rationale = story_.at(sentence);
    turns_.push_back(std::move(turn));
  }

  void ask_yes_or_no(std::string question, bool yes, const std::string& sentence) {
    ask(std::move(question), yes ? Words{"yes", "Yes", "yes"} : Words{"no", "No", "no"}, sentence);
  }

  void ask_about_story() {
    const std::string place(to_place(scene_.place));
    ask(pick({"Who went out?", "Who is the story about?", "Whose walk is told?"}),
        {hero(), hero(), hero() + " went out"}, "went");
    const std::string he(hero_.he);
    ask(say({"Where did", he, "go?"}), {place, place, hero() + " went " + place}, "went");
    const std::string found = std::string(word(a().thing));
    ask(say({"What did", he, pick({"find", "come upon"}), "there?"}),
        {with_article(found), full_thing(a()),
         with_article(std::string(word(a().colour)) + " " + found)},
        "found");
    ask(pick({"What color was it?", "Which color did it have?"}),
        {std::string(word(a().colour)), std::string(word(a().colour)),
         "it was " + std::string(word(a().colour))},
        "found");
    ask_surface();
    ask(say({"What stood", where_b(), "it?"}),
        {with_article(std::string(word(b().thing))),
         with_article(std::string(word(b().colour)) + " " + std::string(word(b().thing))),
         the_thing(b())},
        "second");
    ask("Who had left that there?", {other(), other(), other() + " had"}, "left");
    const SceneObject& taken = taken_first_ ? a() : b();
    ask(say({"What did", hero(), "take home?"}),
        {the_thing(taken), the_thing(taken), the_coloured(taken)}, "took");
    ask_about_visit();
    ask_unknown();
  }

  // Yes and no alike, whatever the words of the question are.
  void ask_surface() {
    const std::string real = texture(a());
    const auto claimed = static_cast<Texture>(draws_.below(kTextures));
    const bool yes = draws_.chance(0.5);
    const std::string asked = yes ? real : std::string(word(claimed));
    ask_yes_or_no(say({"Was it", asked + "?"}), asked == real, "texture");
    const bool small = draws_.chance(0.5);
    ask_yes_or_no(say({"And", small ? "small?" : "large?"}), (a().size == Size::kSmall) == small,
                  "found");
  }

  void ask_about_visit() {
    ask(say({"Who came to see", std::string(hero_.him) + "?"}),
        {other(), other(), "it was " + other()}, "gift");
    const std::string gift = std::string(word(c().colour)) + " " + std::string(word(c().thing));
    ask(say({"Did", std::string(friend_.he), "bring anything?"}),
        {"yes, " + with_article(gift), "yes", with_article(gift)}, "gift");
    ask_yes_or_no(say({"Was", hero(), "in need of that?"}), happy_, "end");
    ask("How many things are told of in all?", {"three", "3", "three things"}, "gift");
  }

  void ask_unknown() {
    const std::string question =
        pick({"How old is " + hero() + "?", "What did they have for dinner?",
              "Where does " + other() + " live?"});
    ask(question, {"unknown", "unknown", "unknown"}, "");
  }

  const TextScene& scene_;
  Draws& draws_;
  Person hero_{}, friend_{};
  bool taken_first_ = true, happy_ = true;
  Story story_;
  std::vector<TaleTurn> turns_;
};

}  // namespace

Tale write_tale(const Scene& scene, Draws& draws) {
  const TextScene told = retell(scene, draws);
  return Teller(told, draws).tell();
}

}  // namespace unimo::stages
