#include "evaluators/scene_graph/lexicon_lists.h"

namespace unimo::eval {

namespace {

constexpr WordList kClosed[] = {
    {kDeterminerWord,
     "a an the this that these those some any all both each every no another other either neither "
     "such what whatever certain most"},
    {kPossessiveWord, "his her its their my our your whose"},
    {kPronounWord,
     "it he she they him her them i we us me you himself herself itself themselves myself yourself "
     "someone somebody something anyone anything everyone everything nobody nothing others who "
     "whom theirs hers"},
    {kNumberWord,
     "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
     "sixteen twenty thirty forty fifty hundred"},
    {kQuantityWord, "several many few multiple numerous various countless"},
    {kPrepositionWord,
     "in on of with at by near beside besides behind under over above below beneath underneath "
     "between among amongst amid amidst inside outside into onto upon through across along around "
     "against from for during after before without within toward towards past off up down out via "
     "per about like as to atop alongside throughout beyond aboard round than opposite till until "
     "despite except including versus w w/"},
    {kDirectionWord, "toward towards into onto through across past from to"},
    {kConjunctionWord, "and or & but nor plus"},
    {kSubordinatorWord, "while whilst as when where because though although since if so unless"},
    {kRelativeWord, "that which who whom"},
    {kBeWord, "is are was were be been being am isn't aren't"},
    {kHaveWord, "has have had having"},
    {kModalWord,
     "can could will would may might must should shall does do did doesn't don't can't cannot "
     "won't"},
    {kAdverbWord,
     "very really just not also only too quite rather almost nearly partially fully mostly there "
     "here together apart away back forward forwards backward backwards upward upwards downward "
     "downwards sideways outdoors indoors overhead nearby somewhere anywhere everywhere upside "
     "then now still already again ever never always often once alone high low well fast straight "
     "downhill uphill downtown downstairs upstairs headfirst instead even perhaps maybe else ahead "
     "aside afar horseback barefoot halfway midair mid-air asunder abreast more less least "
     "how why meanwhile however hard far"},
};

constexpr FixedPhrase kPhrases[] = {
    {"across from", kPrepositionWord},
    {"ahead of", kPrepositionWord},
    {"all over", kPrepositionWord},
    {"along side of", kPrepositionWord},
    {"along side", kPrepositionWord},
    {"along with", kPrepositionWord},
    {"as well as", kConjunctionWord},
    {"at the base of", kPrepositionWord},
    {"at the bottom of", kPrepositionWord},
    {"at the edge of", kPrepositionWord},
    {"at the end of", kPrepositionWord},
    {"at the side of", kPrepositionWord},
    {"at the top of", kPrepositionWord},
    {"away from", kPrepositionWord},
    {"because of", kPrepositionWord},
    {"by the side of", kPrepositionWord},
    {"close to", kPrepositionWord},
    {"close up", 0},
    {"each other", kPronounWord},
    {"ice cream", 0},
    {"double decker", kAdjectiveWord},
    {"lime green", kColourWord},
    {"hot pink", kColourWord},
    {"navy blue", kColourWord},
    {"olive green", kColourWord},
    {"sky blue", kColourWord},
    {"higher than", kPrepositionWord},
    {"higher up than", kPrepositionWord},
    {"hot dog", 0},
    {"hot dogs", 0},
    {"in back of", kPrepositionWord},
    {"in between", kPrepositionWord},
    {"in front of", kPrepositionWord},
    {"in order", kAdverbWord},
    {"in the back of", kPrepositionWord},
    {"in the center of", kPrepositionWord},
    {"in the corner of", kPrepositionWord},
    {"in the front of", kPrepositionWord},
    {"in the middle of", kPrepositionWord},
    {"in the midst of", kPrepositionWord},
    {"in the process of", kAdverbWord},
    {"in the side of", kPrepositionWord},
    {"inside of", kPrepositionWord},
    {"instead of", kPrepositionWord},
    {"left of", kPrepositionWord},
    {"lower down than", kPrepositionWord},
    {"lower than", kPrepositionWord},
    {"near to", kPrepositionWord},
    {"next to", kPrepositionWord},
    {"off of", kPrepositionWord},
    {"on side of", kPrepositionWord},
    {"on the back of", kPrepositionWord},
    {"on the bottom of", kPrepositionWord},
    {"on the corner of", kPrepositionWord},
    {"on the edge of", kPrepositionWord},
    {"on the end of", kPrepositionWord},
    {"on the front of", kPrepositionWord},
    {"on the left side of", kPrepositionWord},
    {"on the other side of", kPrepositionWord},
    {"on the right side of", kPrepositionWord},
    {"on the side of", kPrepositionWord},
    {"on the top of", kPrepositionWord},
    {"on top of", kPrepositionWord},
    {"on to", kPrepositionWord},
    {"one another", kPronounWord},
    {"out of", kPrepositionWord},
    {"outside of", kPrepositionWord},
    {"over top of", kPrepositionWord},
    {"right of", kPrepositionWord},
    {"side by side", kAdverbWord},
    {"such as", kPrepositionWord},
    {"to the left of", kPrepositionWord},
    {"to the right of", kPrepositionWord},
    {"to the side of", kPrepositionWord},
    {"together with", kPrepositionWord},
    {"underneath of", kPrepositionWord},
    {"up against", kPrepositionWord},
    {"up close", kAdverbWord},
};

}  // namespace

std::span<const WordList> closed_class_lists() { return kClosed; }

std::span<const FixedPhrase> fixed_phrase_list() { return kPhrases; }

}  // namespace unimo::eval
