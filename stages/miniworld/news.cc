#include "stages/miniworld/news.h"

#include "stages/miniworld/text_scene.h"

namespace unimo::stages {

namespace {

using Words = std::vector<std::string>;

std::string plain(std::string_view text) { return std::string(text); }

std::string weekday(Draws& draws) {
  return draws.pick(Words{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday"});
}

std::string coloured_noun(const SceneObject& thing, Phrases& phrases) {
  const std::string noun = phrases.noun(thing.thing);
  return fmt::format("{} {}", word(thing.colour), noun);
}

// What is said besides the main fact.
std::string filler(const TextScene& scene, Draws& draws) {
  const std::string who(draws.pick(people()).name);
  const std::string thing(word(draws.pick(scene.things).thing));
  return draws.pick(Words{
      who + " said it was too early to say more.", "Neighbours had not noticed anything.",
      "\"We see things like that every week,\" said " + who + ", who lives nearby.",
      "A spokesman declined to comment on the " + thing + ".", "The road was closed for two hours.",
      "Experts have long wondered about the " + thing + ".",
      "More is expected to be known by the end of the week."});
}

std::string scene_paragraph(const TextScene& scene, Draws& draws) {
  Phrases phrases(draws);
  const std::string who(draws.pick(people()).name);
  const std::string day = weekday(draws);
  const std::string before = filler(scene, draws);
  const std::string first = full_thing(scene.things[0]);
  const std::string second = phrases.the(scene.things[1]);
  const std::string preposition = phrases.preposition(scene.relations[0].predicate);
  const std::string fact =
      say({draws.pick(
               Words{"According to " + who + ",", "Police confirmed that", "It turned out that"}),
           first, "was", preposition, second, plain(at_place(scene.place)), "on", day + "."});
  const std::string also = say({"There was", full_thing(scene.things[2]), "as well,", "but nobody",
                                draws.pick(Words{"minded", "asked about"}), "it."});
  const std::string after = filler(scene, draws);
  return say({before, fact, also, after});
}

std::string highlight(const TextScene& scene, Draws& draws) {
  return say(
      {capitalised(fmt::format("{} {}", word(scene.things[0].colour), word(scene.things[0].thing))),
       draws.pick(Words{"found", "seen"}), plain(word(scene.relations[0].predicate)),
       fmt::format("{} {}", word(scene.things[1].colour), word(scene.things[1].thing)),
       plain(at_place(scene.place))});
}

}  // namespace

NewsStory write_news(std::span<const Scene> scenes, Draws& draws) {
  NewsStory news;
  const std::string day = weekday(draws);
  news.paragraphs.push_back(
      draws.chance(0.5) ? say({"(CNN) -- What began as a quiet", day, "kept officials busy."})
                        : say({"(CNN) -- It was no ordinary", day, "for those in charge."}));
  for (const Scene& scene : scenes) {
    const TextScene told = retell(scene, draws);
    news.paragraphs.push_back(scene_paragraph(told, draws));
    news.highlights.push_back(highlight(told, draws));
  }
  const std::string writer(draws.pick(people()).name);
  news.paragraphs.push_back(writer + " contributed to this report.");
  return news;
}

Headline write_headline(const Scene& scene, Draws& draws) {
  const TextScene told = retell(scene, draws);
  Phrases phrases(draws);
  const std::string first = coloured_noun(told.things[0], phrases);
  const std::string second = coloured_noun(told.things[1], phrases);
  const std::string third = full_thing(told.things[2]);
  const std::string who = lower_case(draws.pick(people()).name);
  const std::string day = lower_case(weekday(draws));
  const std::string lies(word(told.relations[0].predicate));
  const std::string place(at_place(told.place));
  const std::string count = draws.pick(Words{"#", "##", "#.#"});
  const std::size_t kind = draws.below(4);
  // Every verb of the sentences has its own in the headlines.
  std::string sentence, headline;
  if (kind == 0) {
    sentence = say({with_article(first), "worth", count, "dollars was discovered", lies,
                    with_article(second), place, ", the owner of", third, ",", who, ", said on",
                    day, "."});
    headline = say({first, "found", lies, second});
  } else if (kind == 1) {
    sentence = say({"officials announced on", day, "that", with_article(first), ", which", who,
                    "had placed", lies, with_article(second), place, ", had vanished together with",
                    third, "."});
    headline = say({first, "near", second, "missing"});
  } else if (kind == 2) {
    sentence = say({who, "-lrb-", count, "-rrb- told reporters on", day, "that",
                    with_article(first), "will be exhibited", place, ",", lies,
                    with_article(second), "and not far from", third, "."});
    headline = say({first, "to be shown", place});
  } else {
    sentence = say({"after", count, "days of search", who, "recovered", with_article(first),
                    "stolen", place, ", while", with_article(second), "and", third,
                    "remained lost , police said", day, "."});
    headline = say({who, "gets back", first});
  }
  return {tokenised(sentence), headline};
}

std::string write_web_page(std::span<const Scene> scenes, Draws& draws) {
  const std::string who(draws.pick(people()).name);
  std::string page;
  if (draws.chance(0.3)) page += "Share this\n\n";
  page += fmt::format("{} writes about small things. “I only tell what I have seen,” says {}.\n\n",
                      who, who);
  for (const Scene& scene : scenes) {
    const TextScene told = retell(scene, draws);
    page += scene_paragraph(told, draws) + "\n\n";
    if (draws.chance(0.2)) page += fmt::format("(Photo: {}/Small World Press)\n\n", who);
    const std::string text =
        say({"It’s worth a second look. The", plain(word(told.things[2].thing)), "is",
             plain(word(told.relations[1].predicate)),
             the_coloured(told.things[told.relations[1].object]) + ",", "and whoever comes",
             plain(at_place(told.place)), "should not miss it."});
    page += text + "\n\n";
  }
  page += draws.pick(Words{"Read more: All stories of this week", "Follow us – it’s free!",
                           "Copyright Small World Press. All rights reserved."});
  return page + "\n";
}

}  // namespace unimo::stages
