#include "stages/miniworld/books.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "stages/miniworld/phrases.h"

namespace unimo::stages {

namespace {

using Words = std::vector<std::string_view>;
using Sentences = std::vector<std::string>;

constexpr std::int64_t kVolume = 1500;
constexpr std::int64_t kChapterParagraphs = 12;
constexpr std::size_t kWidth = 78;

struct Person {
  std::string_view name, he, his;
};
constexpr std::array<Person, 8> kPeople{{{"Mara", "she", "her"},
                                         {"Tom", "he", "his"},
                                         {"Ida", "she", "her"},
                                         {"Noah", "he", "his"},
                                         {"Lena", "she", "her"},
                                         {"Otis", "he", "his"},
                                         {"Ruth", "she", "her"},
                                         {"Felix", "he", "his"}}};

// A place as a destination, with something true about it.
struct Setting {
  std::string_view way, there, remark;
};
Setting setting_of(Place place, Draws& draws) {
  switch (place) {
    case Place::kMeadow:
      return {draws.pick(Words{"went out to the meadow", "crossed the green field",
                               "lay down in the grass"}),
              "in the grass",
              draws.pick(Words{"The grass was long and soft.", "White clouds moved over the hills.",
                               "The meadow smelled of summer."})};
    case Place::kBeach:
      return {draws.pick(Words{"walked down to the beach", "followed the shore", "ran to the sea"}),
              "on the sand",
              draws.pick(Words{"Small waves came in, one after another.", "The sand was warm.",
                               "The sea was blue that day."})};
    case Place::kSnow:
      return {draws.pick(Words{"stepped out into the snow", "climbed the white hill",
                               "put on boots and went outside"}),
              "in the snow",
              draws.pick(Words{"Snow fell without a sound.", "Everything around was white.",
                               "The air was cold and clear."})};
    case Place::kNight:
      return {draws.pick(Words{"could not sleep and went outside", "looked out into the night",
                               "walked home in the dark"}),
              "in the moonlight",
              draws.pick(Words{"The moon stood high.", "The sky was full of little lights.",
                               "Nobody else was awake."})};
    case Place::kRoom:
      return {draws.pick(Words{"came into the room", "opened the door of the playroom",
                               "sat down on the wooden floor"}),
              "on the floor",
              draws.pick(Words{"The walls were bare.", "Light fell through the window.",
                               "The boards creaked a little."})};
    case Place::kDesert:
      return {draws.pick(
                  Words{"wandered through the desert", "climbed a dune", "rested in the hot sand"}),
              "in the sand",
              draws.pick(Words{"The sun burned over the dunes.", "There was no water far and wide.",
                               "The sky was orange with dust."})};
  }
  return {};
}

SceneObject draw_thing(Draws& draws) {
  SceneObject object;
  object.thing = static_cast<Thing>(draws.below(kThings));
  object.colour = static_cast<Colour>(draws.below(kColours));
  object.size = static_cast<Size>(draws.below(kSizes));
  object.texture = static_cast<Texture>(draws.below(kTextures));
  return object;
}

std::string_view size_word(Size size) {
  return size == Size::kMedium ? "middle-sized" : word(size);
}

class Author {
 public:
  explicit Author(Draws& draws)
      : draws_(draws),
        phrases_(draws),
        first_(draw_thing(draws)),
        second_(draw_thing(draws)),
        third_(draw_thing(draws)) {
    person_ = draws.pick(kPeople);
    friend_ = draws.pick(kPeople);
    while (friend_.name == person_.name) friend_ = draws.pick(kPeople);
    while (second_.thing == first_.thing) second_ = draw_thing(draws);
    while (third_.thing == first_.thing || third_.thing == second_.thing)
      third_ = draw_thing(draws);
    setting_ = setting_of(static_cast<Place>(draws.below(kPlaces)), draws);
  }

  Sentences paragraph() {
    switch (draws_.below(6)) {
      case 0: return find_story();
      case 1: return build_story();
      case 2: return talk();
      case 3: return riddle();
      case 4: return lesson();
      default: return facts();
    }
  }

 private:
  std::string say(std::string_view pattern) const {
    return fmt::format(
        fmt::runtime(pattern), fmt::arg("name", person_.name), fmt::arg("he", person_.he),
        fmt::arg("He", capitalised(std::string(person_.he))), fmt::arg("his", person_.his),
        fmt::arg("friend", friend_.name), fmt::arg("there", setting_.there),
        fmt::arg("one", word(first_.thing)), fmt::arg("two", word(second_.thing)),
        fmt::arg("three", word(third_.thing)), fmt::arg("colour1", word(first_.colour)),
        fmt::arg("colour2", word(second_.colour)), fmt::arg("colour3", word(third_.colour)),
        fmt::arg("a_size1", with_article(size_word(first_.size))),
        fmt::arg("a_colour2", with_article(word(second_.colour))),
        fmt::arg("a_colour3", with_article(word(third_.colour))),
        fmt::arg("a_one", with_article(word(first_.thing))),
        fmt::arg("a_two", with_article(word(second_.thing))));
  }
  std::string pick(const Words& patterns) { return say(draws_.pick(patterns)); }

  std::string pattern_of(const SceneObject& object) {
    const std::string name(word(object.thing));
    switch (object.texture) {
      case Texture::kPlain: return fmt::format("The {} was plain, without any pattern.", name);
      case Texture::kStriped: return fmt::format("Stripes ran across the {}.", name);
      case Texture::kDotted: return fmt::format("The {} was covered with dots.", name);
      case Texture::kCheckered: return fmt::format("The {} was checkered like a chessboard.", name);
    }
    return {};
  }

  Sentences find_story() {
    Sentences text{fmt::format("{} {}.", person_.name, setting_.way), std::string(setting_.remark)};
    text.push_back(pick({"There {he} found {a_size1} {colour1} {one}.",
                         "A {one} lay {there}, and it was {colour1}.",
                         "Something {colour1} shone {there}: it was {a_one}."}));
    text.push_back(pattern_of(first_));
    text.push_back(pick(
        {"Not far from it stood {a_colour2} {two}.", "To its left {he} saw {a_colour2} {two}.",
         "To its right was {a_colour2} {two}.", "Behind it, half hidden, was {a_colour2} {two}."}));
    text.push_back(pick({"{name} took the {one} and left the {two} where it was.",
                         "{He} carried both of them home to {friend}.",
                         "{He} set the {one} on top of the {two} and laughed.",
                         "Then {he} put the {two} beside the {one}."}));
    return text;
  }

  Sentences build_story() {
    return {
        pick({"{name} and {friend} played with their things.",
              "{friend} had made a game, and {name} wanted to play.",
              "One morning {name} lined up all {his} treasures."}),
        pick({"First came the {colour1} {one}, then the {colour2} {two}.",
              "The {colour1} {one} was put on the left and the {colour2} {two} on the right.",
              "Below the {colour1} {one} they placed the {colour2} {two}.",
              "The {colour2} {two} went above the {colour1} {one}."}),
        pick({"\"What about the {three}?\" asked {friend}.", "Only the {colour3} {three} was left.",
              "{friend} was still holding {a_colour3} {three}."}),
        pick({"They put it between the other two.", "It found its place inside a large box.",
              "It had to stand on the box, for there was no room.",
              "It went to the very end of the row."}),
        pick({"In the end everything was in order.", "Nobody had ever seen a finer row.",
              "Then the wind came, and the {one} fell over.",
              "{name} counted them once more: three things."})};
  }

  Sentences talk() {
    return {
        pick({"\"Where is my {colour1} {one}?\" asked {name}.",
              "\"Have you seen the {one}?\" said {name}.",
              "\"I have lost {a_one},\" said {name}."}),
        pick({"\"It is under the {colour2} {two},\" said {friend}.",
              "\"Look to the left of the {two},\" answered {friend}.",
              "\"I saw it next to the {colour2} {two},\" said {friend}.",
              "\"Mr. Hill put it inside the box,\" said {friend}."}),
        pick({"{name} looked, but there was only {a_colour3} {three}.",
              "And there it was, {there}.", "So {he} ran there and came back with it.",
              "But the {two} was gone as well."}),
        pick({"\"This one is {colour3}, not {colour1}!\" {he} said.",
              "{He} thanked {friend} and went on playing.", "They searched until the evening."})};
  }

  Sentences riddle() {
    Sentences text{pick(
        {"Here is a riddle.", "{friend} knew a riddle.", "\"Guess what I see,\" said {friend}."})};
    text.push_back(
        fmt::format("It is {}, and it is {}.", word(first_.colour), size_word(first_.size)));
    text.push_back(hint(first_.thing));
    text.push_back(
        pick({"\"It must be {a_one},\" said {name}.", "The answer is {a_one}, of course.",
              "{name} knew at once that it was {a_one}."}));
    return text;
  }

  static std::string hint(Thing thing) {
    switch (thing) {
      case Thing::kBall: return "It is round and rolls away.";
      case Thing::kBox: return "You can put things inside it and close the lid.";
      case Thing::kStar: return "It has five points.";
      case Thing::kHeart: return "People draw it when they love somebody.";
      case Thing::kTree: return "It has a trunk and many leaves.";
      case Thing::kHouse: return "It has a roof, a door and a window.";
      case Thing::kCar: return "It has wheels and drives on the road.";
      case Thing::kBoat: return "It has sails and crosses the water.";
      case Thing::kFlower: return "It has petals and smells sweet.";
      case Thing::kFish: return "It swims and has no legs.";
      case Thing::kCup: return "It has a handle, and you drink from it.";
      case Thing::kUmbrella: return "It keeps you dry in the rain.";
      case Thing::kMushroom: return "It has a cap and grows in the woods.";
      case Thing::kBalloon: return "It is light and flies on a string.";
    }
    return {};
  }

  Sentences lesson() {
    return {pick({"If the {one} is to the left of the {two}, then the {two} is to the right of the "
                  "{one}.",
                  "When {a_one} is above {a_two}, the {two} is below the {one}.",
                  "What is inside a box cannot be seen when the lid is closed.",
                  "Whatever stands on {a_two} is higher than the {two} itself."}),
            pick({"{name} had to think about that.", "That is easy to see.",
                  "{friend} drew it on paper to be sure."}),
            pick({"A large {one} hides a small {two}.", "A small {one} fits into a large box.",
                  "The {colour1} {one} and the {colour2} {two} were the example."}),
            pattern_of(second_)};
  }

  Sentences facts() {
    Words all{"Snow is cold and white.",
              "The moon shines at night.",
              "In the desert it hardly ever rains.",
              "The beach lies between the land and the sea.",
              "Grass grows in the meadow.",
              "A room has walls and a floor.",
              "Red and yellow together give orange.",
              "Blue and yellow together give green.",
              "Red and blue together give purple.",
              "Pink is a light kind of red.",
              "Brown is the colour of wood.",
              "A striped thing has lines, a dotted thing has spots.",
              "A checkered thing has little squares in two colours.",
              "A plain thing has one colour only.",
              "Tiny means very small, and huge means very large.",
              "A mug is a kind of cup.",
              "A crate is a kind of box.",
              "A cottage is a small house.",
              "A toadstool is a mushroom that one should not eat.",
              "A sailboat needs wind.",
              "A blossom is a flower.",
              "A parasol keeps off the sun, an umbrella keeps off the rain.",
              "An automobile is a car.",
              "Two things make a pair.",
              "Four is one more than three."};
    draws_.shuffle(all);
    Sentences text;
    const std::size_t count = 3 + draws_.below(3);
    for (std::size_t i = 0; i < count; ++i) text.emplace_back(all[i]);
    text.push_back(
        pick({"Most people know {a_one} when they see one.", "The {one} in this book is {colour1}.",
              "{name} once saw {a_colour2} {two} {there}."}));
    return text;
  }

  Draws& draws_;
  Phrases phrases_;
  SceneObject first_, second_, third_;
  Person person_{}, friend_{};
  Setting setting_{};
};

// Words of one paragraph broken into lines.
void append_wrapped(std::string& volume, const Sentences& sentences) {
  const std::string text = fmt::format("{}", fmt::join(sentences, " "));
  std::size_t line = 0;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::size_t length = end - begin;
    if (line > 0 && line + 1 + length > kWidth) {
      volume += '\n';
      line = 0;
    }
    if (line > 0) volume += ' ';
    line += length + (line > 0 ? 1 : 0);
    volume.append(text, begin, length);
    begin = end + 1;
  }
  volume += "\n\n";
}

}  // namespace

Status write_books(std::uint64_t seed, std::int64_t sentences,
                   const std::function<Status(const std::string& volume)>& take) {
  std::string volume;
  std::int64_t written = 0, in_volume = 0, paragraph = 0, chapter = 0, volumes = 0;
  for (; written < sentences; ++paragraph) {
    if (in_volume >= kVolume) {
      UNIMO_TRY(take(volume));
      volume.clear();
      in_volume = 0;
    }
    if (volume.empty())
      volume = fmt::format("TALES OF THE SMALL WORLD\n\nVolume {}\n\n", ++volumes);
    if (paragraph % kChapterParagraphs == 0) volume += fmt::format("\nCHAPTER {}\n\n\n", ++chapter);
    Draws draws(seed, "books", static_cast<std::uint64_t>(paragraph));
    const Sentences text = Author(draws).paragraph();
    append_wrapped(volume, text);
    written += static_cast<std::int64_t>(text.size());
    in_volume += static_cast<std::int64_t>(text.size());
  }
  return volume.empty() ? ok() : take(volume);
}

std::vector<std::string> write_books(std::uint64_t seed, std::int64_t sentences) {
  std::vector<std::string> volumes;
  const Status kept = write_books(seed, sentences, [&](const std::string& volume) {
    volumes.push_back(volume);
    return ok();
  });
  UNIMO_CHECK(kept, "keeping a volume cannot fail");
  return volumes;
}

}  // namespace unimo::stages
