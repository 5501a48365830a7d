#include "stages/rewrites/contrast_words.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace unimo::stages {

namespace {

// A dimension: groups between bars; words of a group say the same. Behind ":" pairs of groups that
// people mix up, by their first words.
constexpr const char* kAttributeDimensions[] = {
    "black | white | gray grey silver | red maroon burgundy scarlet crimson | orange | yellow gold "
    "golden | green olive lime | blue navy teal turquoise aqua | purple violet lavender | pink | "
    "brown tan beige "
    ": black gray, gray white, red orange, red pink, red purple, red brown, orange yellow, orange "
    "brown, orange pink, "
    "yellow brown, green blue, green yellow, green brown, blue purple, pink purple, blue gray, "
    "white brown, black blue, black brown, white yellow, gray brown, green gray, purple black",
    "small little tiny mini miniature | large big huge giant enormous gigantic massive",
    "two | three | four | five | six | seven | eight | nine | ten",
    "young | old elderly older aged",
    "wooden wood | metal steel iron metallic | brick | stone rock | plastic | glass | concrete "
    "cement | leather | paper | cardboard : brick stone, stone concrete, brick concrete",
    "striped | plaid checkered checked | polka-dot dotted spotted | floral | plain : striped plaid",
    "wet | dry",
    "open opened | closed shut",
    "empty | full",
    "long | short",
    "tall | short",
    "clean | dirty muddy filthy",
    "sunny | rainy | cloudy overcast stormy | snowy | foggy misty hazy : rainy cloudy, cloudy "
    "foggy, sunny snowy, cloudy snowy, foggy rainy, foggy snowy",
    "hot | cold frozen",
    "round circular | square rectangular | triangular | oval : round oval",
    "bald | blonde blond | brunette brown-haired dark-haired | red-haired",
    "crowded busy | empty deserted",
    "happy smiling | sad crying",
    "male | female",
    "calm | rough choppy",
    "raw | cooked fried baked grilled",
    "broken | intact",
    "modern | antique vintage ancient old old-fashioned",
    "shirtless | fully-clothed",
    "flat | steep hilly mountainous",
    "sleeping asleep | awake",
    "dark | bright lit",
    "grassy | sandy | snowy snow-covered | paved : snowy grassy",
};

constexpr const char* kActionDimensions[] = {
    "sit seat | stand | lie lay | kneel crouch squat | walk stroll march | run jog sprint race | "
    "swim | "
    "fly | climb | crawl | sleep nap rest | dance | ski | surf | skate | skateboard | snowboard "
    ": sit sleep, lie sleep, stand climb, skate skateboard, sit lie, stand sleep, kneel sit, "
    "run climb, walk climb, lie kneel, lie crawl, ski stand, surf stand, skate stand, skateboard "
    "stand, snowboard stand, crawl kneel, dance stand, dance walk, run walk, run fly, swim stand, "
    "swim surf, swim lie, ski snowboard",
    "eat | sleep | swim | run | fly | drive | paint | dance | sing | ski | surf",
    "ride | wash bathe | feed | lead | pet pat stroke | brush groom | milk | chase | kiss | paint "
    "| "
    "repair fix | push | photograph : feed pet, pet brush, wash brush, pet kiss, lead ride, push "
    "ride",
    "kick | throw toss | hit | carry | dribble | spin : dribble carry, kick dribble, throw carry",
    "drink pour | eat | cook fry bake grill | cut slice chop | wash : cut cook, eat cut, wash cut",
    "read | paint | sing | cook | swim | play | clean sweep mop | write draw",
    "drive | park | repair fix | wash | tow | pass : drive pass, park wash",
    "fly | climb | dig | swim | drive",
    "open | close shut",
    "enter | leave exit",
    "push | pull drag | carry | kick : pull carry",
    "jump leap | sleep nap rest | sit | lie lay | crawl | kneel crouch squat",
    "smile laugh grin | cry frown weep",
    "graze | run gallop race | sleep | lie lay | drink | swim | fly | jump leap",
    "fight wrestle | sleep | dance | swim | sit | eat | lie lay | drink",
    "talk chat | sleep | sing | fight | swim | read",
    "shop | swim | sleep | ski | cook | dance | fish",
    "slide | climb | sit | sleep",
};

constexpr const char* kPostures =
    "sit seat stand lie lay rest lean perch hang kneel crouch squat sleep nap";

constexpr const char* kPeopleDimensions[] = {
    "man guy gentleman boy male father dad grandfather son brother groom husband king businessman "
    "fisherman cowboy "
    "policeman fireman waiter | woman lady girl female mother mom grandmother daughter sister "
    "bride wife queen businesswoman waitress",
    "baby infant toddler | man gentleman guy",
    "baby infant toddler | woman lady",
    "baby infant toddler | adult",
    "surfer | skateboarder skater | skier | snowboarder | biker bicyclist cyclist | motorcyclist | "
    "swimmer | golfer | firefighter fireman | policeman officer cop | soldier | waiter waitress "
    "server "
    "| chef cook | bride | groom | clown | cowboy | climber | pitcher | batter hitter | catcher | "
    "goalie goalkeeper | referee umpire | dancer | singer | doctor nurse | gymnast : skier "
    "snowboarder, waiter chef, chef server",
};

// Not up and down: people walk up and down the same street. Not on and inside: a bus has both.
// Nor inside and under: what is in a box is under its lid.
constexpr std::array<std::pair<std::string_view, std::string_view>, 27> kContrary = {{
    {"on", "under behind beneath below"},
    {"on top of", "under behind beneath inside"},
    {"under", "on on_top_of above over"},
    {"underneath", "on on_top_of above"},
    {"beneath", "on on_top_of above"},
    {"below", "above over on_top_of"},
    {"above", "below under beneath"},
    {"over", "under below beneath"},
    {"in", "outside behind outside_of"},
    {"inside", "outside behind outside_of"},
    {"inside of", "outside_of behind"},
    {"outside", "inside in"},
    {"outside of", "inside inside_of in"},
    {"behind", "in_front_of on_top_of"},
    {"in front of", "behind on_top_of inside"},
    {"next to", "on_top_of inside under"},
    {"beside", "on_top_of inside under"},
    {"near", "on_top_of inside under far_from"},
    {"into", "out_of"},
    {"out of", "into"},
    {"onto", "off"},
    {"off", "onto"},
    {"with", "without"},
    {"without", "with"},
    {"to the left of", "to_the_right_of"},
    {"to the right of", "to_the_left_of"},
    {"toward", "away_from"},
}};

constexpr const char* kPlacePrepositions =
    "in on at under near by behind through over across along inside outside beside around into "
    "above below beneath underneath against";

constexpr const char* kUntold =
    "shirt t-shirt pants jeans shorts shoe boot sock hat cap glasses sunglasses jacket coat dress "
    "skirt sweater tie belt glove helmet uniform clothes clothing outfit vest hoodie sneaker "
    "sandal "
    "scarf backpack bag purse watch bracelet necklace ring earring jewelry suit top tank_top "
    "sweatshirt "
    "sleeve collar pocket button hair face head hand arm leg eye ear nose mouth foot finger neck "
    "back "
    "beard mustache tail fur paw tongue body skin shoulder knee smile sky cloud sun sunlight light "
    "shadow shade ground floor wall ceiling window door roof tree bush plant leaf branch grass "
    "ground dirt surface area background building house pole post fence sign road street sidewalk "
    "person people man woman boy girl child kid adult guy lady crowd group someone other others "
    "friend line item thing object picture photo color colour water air wheel tire handle edge "
    "corner rock stone hill lawn flower spectator audience owner player pavement path trail "
    "curtain rug carpet lamp chair table counter shelf cabinet plate napkin food cloth blanket "
    "pillow concrete cement asphalt gravel tile hardwood snack meal lunch dinner breakfast dish "
    "treat "
    "dessert name number word letter horizon land tattoo hood sunset";

constexpr const char* kWidePlaces =
    "zoo farm park city town village country campus resort camp office school hotel store "
    "restaurant museum library apartment church mall market marketplace airport neighborhood yard "
    "backyard harbor";

constexpr const char* kLookAlike[] = {
    "sidewalk pavement road street path pathway walkway driveway lane highway trail way tarmac",
    "counter countertop desk table tabletop stand shelf ledge",
    "muzzle mask",
    "umbrella parasol",
    "mushroom toadstool",
    "house cottage cabin hut",
    "slice piece roll",
    "city town village",
    "boat ship vessel canoe kayak rowboat",
    "bike bicycle motorcycle motorbike",
    "ocean sea lake pond river stream creek water surf wave",
    "hill mountain cliff mountainside hillside",
    "forest wood woods jungle",
    "field meadow pasture grassland plain lawn yard backyard garden grass park",
    "cup mug glass",
    "plate dish platter bowl tray",
    "cake pie pastry pancake",
    "purse bag handbag backpack luggage suitcase",
    "pot pan",
    "snow ice slope",
    "sand beach shore dirt desert mud",
    "couch sofa loveseat",
    "truck van",
    "sausage hotdog",
    "building house structure barn home office",
    "store shop market marketplace mall",
    "computer laptop monitor screen television tv",
    "phone cellphone",
};

constexpr const char* kNeedObject =
    "chase carry hold kick hit push pull throw feed lead pet brush wear catch touch bite hug lift";

constexpr const char* kNoThings =
    "top side front back middle center centre background foreground distance view picture photo "
    "photograph image shot scene way line row air mid-air midair day night daytime nighttime time "
    "morning afternoon evening weather left right end edge corner part bit piece lot group pair "
    "bunch couple number variety set type kind sort style color colour shape size one other "
    "another "
    "each something someone somebody anyone everyone thing stuff object item rest half place "
    "position direction area spot course use order sight look pose fun game turn front_end inside "
    "outside bottom action motion movement speed work play job life world something nothing "
    "everything trick stunt move jump walk ride run swim shade sunlight light shadow reflection "
    "arrangement collection display row stack pile series selection assortment variety mouthful "
    "bite "
    "sip close-up closeup black white red blue green yellow orange pink purple brown gray grey "
    "himself herself themselves itself him her them it head_start attempt practice camera_man "
    "lap mid step stand rear face head body hand arm leg foot eye mouth lip tongue tail back "
    "shoulder chest stomach neck finger knee skin next thumb party competition event match race "
    "tournament contest show performance concert fight trip vacation same own";

constexpr const char* kPluralOnly =
    "pants shorts jeans scissors sunglasses glasses eyeglasses goggles clothes tongs binoculars "
    "leggings tights overalls pajamas pyjamas pliers trousers khakis slacks panties sweatpants "
    "headphones stairs groceries";
constexpr const char* kInvariant = "sheep fish deer cattle moose bison aircraft people police";

constexpr const char* kMale =
    "man guy gentleman boy male father dad grandfather son brother groom husband king businessman "
    "fisherman cowboy policeman fireman waiter prince";
constexpr const char* kFemale =
    "woman lady girl female mother mom grandmother daughter sister bride wife queen "
    "businesswoman waitress princess";

// Vowel letters that sound otherwise, and the reverse.
constexpr std::array<std::string_view, 16> kConsonantal = {
    "unic", "unif", "uniq", "unit", "univ", "unis", "unio", "use",
    "usa",  "usu",  "uten", "uk",   "eu",   "one",  "once", "ewe"};
constexpr std::array<std::string_view, 4> kSilentH = {"hour", "honest", "heir", "honor"};

using Words = std::unordered_set<std::string_view>;

std::vector<std::string_view> parts_of(std::string_view text, std::string_view mark) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(mark), text.size());
    std::string_view part = text.substr(0, end);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (!part.empty()) parts.push_back(part);
    text.remove_prefix(std::min(end + mark.size(), text.size()));
  }
  return parts;
}

Words words_of_list(std::string_view text) {
  const auto words = parts_of(text, " ");
  return {words.begin(), words.end()};
}

// Dimensions with their groups, asked by word.
class Dimensions {
 public:
  explicit Dimensions(std::span<const char* const> dimensions) {
    for (std::size_t i = 0; i < dimensions.size(); ++i) add(i, dimensions[i]);
  }
  bool has(std::string_view word) const { return places_.contains(word); }
  bool clash(std::string_view a, std::string_view b) const {
    const auto left = places_.find(a);
    const auto right = places_.find(b);
    if (left == places_.end() || right == places_.end()) return false;
    bool apart = false;
    for (const Place& one : left->second) {
      for (const Place& other : right->second) {
        if (one.dimension != other.dimension) continue;
        if (one.group == other.group || mixed_up(one, other)) return false;
        apart = true;
      }
    }
    return apart;
  }

 private:
  struct Place {
    std::size_t dimension, group;
  };
  bool mixed_up(const Place& a, const Place& b) const {
    const auto& pairs = mixed_[a.dimension];
    const auto pair = std::minmax(a.group, b.group);
    return std::find(pairs.begin(), pairs.end(), std::pair<std::size_t, std::size_t>(pair)) !=
           pairs.end();
  }
  void add(std::size_t dimension, std::string_view text) {
    const std::size_t colon = text.find(" : ");
    std::size_t group = 0;
    for (const std::string_view words : parts_of(text.substr(0, colon), "|")) {
      for (const std::string_view word : parts_of(words, " "))
        places_[word].push_back({dimension, group});
      ++group;
    }
    mixed_.emplace_back();
    if (colon == std::string_view::npos) return;
    for (const std::string_view words : parts_of(text.substr(colon + 3), ",")) {
      const auto pair = parts_of(words, " ");
      mixed_.back().push_back(
          std::minmax(group_of(pair[0], dimension), group_of(pair[1], dimension)));
    }
  }
  std::size_t group_of(std::string_view word, std::size_t dimension) const {
    for (const Place& place : places_.at(word))
      if (place.dimension == dimension) return place.group;
    return 0;
  }
  std::unordered_map<std::string_view, std::vector<Place>> places_;
  std::vector<std::vector<std::pair<std::size_t, std::size_t>>> mixed_;
};

const Dimensions& attribute_dimensions() {
  static const Dimensions all(kAttributeDimensions);
  return all;
}
const Dimensions& action_dimensions() {
  static const Dimensions all(kActionDimensions);
  return all;
}
const Dimensions& people_dimensions() {
  static const Dimensions all(kPeopleDimensions);
  return all;
}

using Contraries = std::unordered_map<std::string_view, std::vector<std::string_view>>;

// Blanks inside of a preposition are written "_" in the table.
std::string_view with_blanks(std::string_view word) {
  static const std::unordered_map<std::string_view, std::string_view> kSpaced = {
      {"on_top_of", "on top of"},
      {"outside_of", "outside of"},
      {"in_front_of", "in front of"},
      {"inside_of", "inside of"},
      {"far_from", "far from"},
      {"out_of", "out of"},
      {"away_from", "away from"},
      {"to_the_left_of", "to the left of"},
      {"to_the_right_of", "to the right of"}};
  const auto found = kSpaced.find(word);
  return found == kSpaced.end() ? word : found->second;
}

const Contraries& contraries() {
  static const Contraries all = [] {
    Contraries map;
    for (const auto& [preposition, others] : kContrary)
      for (const std::string_view other : parts_of(others, " "))
        map[preposition].push_back(with_blanks(other));
    return map;
  }();
  return all;
}

}  // namespace

bool attributes_clash(std::string_view a, std::string_view b) {
  return attribute_dimensions().clash(a, b);
}
bool has_contrast(std::string_view attribute) { return attribute_dimensions().has(attribute); }
bool actions_clash(std::string_view a, std::string_view b) {
  return action_dimensions().clash(a, b);
}
bool is_action(std::string_view verb) { return action_dimensions().has(verb); }
bool is_posture(std::string_view verb) {
  static const Words words = words_of_list(kPostures);
  return words.contains(verb);
}
bool people_clash(std::string_view a, std::string_view b) {
  return people_dimensions().clash(a, b);
}

std::span<const std::string_view> contrary_prepositions(std::string_view preposition) {
  const auto found = contraries().find(preposition);
  return found == contraries().end() ? std::span<const std::string_view>{}
                                     : std::span<const std::string_view>(found->second);
}

bool is_place_preposition(std::string_view preposition) {
  static const Words words = words_of_list(kPlacePrepositions);
  return words.contains(preposition) || preposition == "next to" || preposition == "in front of" ||
         preposition == "on top of";
}
bool is_way_preposition(std::string_view preposition) {
  static const Words words = words_of_list("through across along over around into");
  return words.contains(preposition);
}
bool is_wide_place(std::string_view noun) {
  static const Words words = words_of_list(kWidePlaces);
  return words.contains(noun);
}
bool look_alike(std::string_view a, std::string_view b) {
  static const std::unordered_multimap<std::string_view, std::size_t> groups = [] {
    std::unordered_multimap<std::string_view, std::size_t> all;
    std::size_t group = 0;
    for (const char* words : kLookAlike) {
      for (const std::string_view word : parts_of(words, " ")) all.emplace(word, group);
      ++group;
    }
    return all;
  }();
  const auto of_a = groups.equal_range(a);
  const auto of_b = groups.equal_range(b);
  for (auto i = of_a.first; i != of_a.second; ++i)
    for (auto j = of_b.first; j != of_b.second; ++j)
      if (i->second == j->second) return true;
  return false;
}
bool needs_object(std::string_view verb) {
  static const Words words = words_of_list(kNeedObject);
  return words.contains(verb);
}
bool is_untold(std::string_view noun) {
  static const Words words = words_of_list(kUntold);
  return words.contains(noun);
}
bool is_no_thing(std::string_view noun) {
  static const Words words = words_of_list(kNoThings);
  return words.contains(noun);
}
bool is_plural_only(std::string_view noun) {
  static const Words words = words_of_list(kPluralOnly);
  return words.contains(noun);
}
bool is_invariant(std::string_view noun) {
  static const Words words = words_of_list(kInvariant);
  return words.contains(noun);
}

Sex sex_of(std::string_view noun) {
  static const Words male = words_of_list(kMale), female = words_of_list(kFemale);
  if (male.contains(noun)) return Sex::kMale;
  return female.contains(noun) ? Sex::kFemale : Sex::kUnknown;
}

bool takes_an(std::string_view word) {
  const auto begins = [&](std::string_view start) { return word.starts_with(start); };
  if (std::ranges::any_of(kSilentH, begins)) return true;
  if (std::ranges::any_of(kConsonantal, begins)) return false;
  return !word.empty() && std::string_view("aeiou").find(word[0]) != std::string_view::npos;
}

}  // namespace unimo::stages
