#include "stages/miniworld/passages.h"

#include "stages/miniworld/text_scene.h"

namespace unimo::stages {

namespace {

using Words = std::vector<std::string>;

// Text with the places of the parts that questions ask for.
class SpanText {
 public:
  SpanText& add(std::string_view text) {
    text_ += text;
    return *this;
  }
  // A part that `question` asks for.
  SpanText& answer(const std::string& part, std::string question) {
    questions_.push_back({std::move(question), part, characters(text_)});
    text_ += part;
    return *this;
  }
  Passage take() { return {std::move(text_), std::move(questions_)}; }

 private:
  std::string text_;
  std::vector<SpanQuestion> questions_;
};

std::string plain(std::string_view text) { return std::string(text); }

}  // namespace

std::string scene_title(const Scene& scene) {
  const SceneObject& thing = scene.objects[0];
  return fmt::format("{} {} of the {} (No. {})", capitalised(plain(word(thing.colour))),
                     word(thing.thing), word(scene.place), scene.number + 1);
}

Passage write_passage(const Scene& scene, Draws& draws) {
  const TextScene told = retell(scene, draws);
  const auto& [a, b, c] = told.things;
  const Person& person = draws.pick(people());
  const Person& painter = draws.pick(people());
  const auto year = 1850 + draws.below(150);
  const auto height = 2 + draws.below(95);
  const std::string lies(word(told.relations[0].predicate));
  const std::string third_lies(word(told.relations[1].predicate));
  const SceneObject& beside = told.things[told.relations[1].object];
  SpanText text;
  text.add("The ").add(word(a.colour)).add(" ").add(word(a.thing)).add(" ");
  text.answer(plain(at_place(told.place)),
              say({"Where is the", plain(word(a.colour)), plain(word(a.thing)), "to be found?"}));
  text.add(" was described by ");
  text.answer(plain(person.name), say({"Who described", the_coloured(a) + "?"}));
  text.add(" in ").answer(std::to_string(year), say({"When was", the_coloured(a), "described?"}));
  text.add(", ").add(draws.pick(Words{"in a letter", "in a notebook", "in a short report"}));
  text.add(". It is ")
      .answer(std::to_string(height) + " centimetres", say({"How tall is", the_coloured(a) + "?"}));
  text.add(" tall and its surface is ");
  text.answer(plain(value_word(Attribute::kTexture, value_of(a, Attribute::kTexture))),
              say({"How does the surface of", the_coloured(a), "look?"}));
  text.add(". To this day it stands ").add(lies).add(" ");
  text.answer(with_article(fmt::format("{} {}", word(b.colour), word(b.thing))),
              say({capitalised(lies), "what does", the_coloured(a), "stand?"}));
  text.add(", which ").add(painter.name).add(" ");
  text.add(draws.pick(Words{"painted", "restored", "gave away"})).add(" in ");
  text.answer(
      std::to_string(year + 1 + draws.below(40)),
      say({"In which year did", plain(painter.name), "have to do with", the_coloured(b) + "?"}));
  text.add(draws.chance(0.1) ? ".\n" : ". ").add("Visitors also find ");
  text.answer(full_thing(c),
              say({"What else do visitors find", third_lies, the_coloured(beside) + "?"}));
  text.add(" ").add(third_lies).add(" ").add(the_coloured(beside)).add(".");
  return text.take();
}

}  // namespace unimo::stages
