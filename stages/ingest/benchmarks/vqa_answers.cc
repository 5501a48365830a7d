#include "stages/ingest/benchmarks/vqa_answers.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>

#include "orchestrator/base/json.h"
#include "stages/ingest/stream/byte_source.h"

namespace unimo::stages {

namespace {

constexpr std::int64_t kMaxListBytes = 64 << 20;  // the list of 3 129 has 47 KB
constexpr std::string_view kPunctuation = ";/[]\"{}()=+\\_-><@`,?!";
// The evaluation hands re.UNICODE, which is 32, to a parameter that limits replacements.
constexpr int kMaxPeriods = 32;

constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kNumberWords{
    {{"none", "0"},
     {"zero", "0"},
     {"one", "1"},
     {"two", "2"},
     {"three", "3"},
     {"four", "4"},
     {"five", "5"},
     {"six", "6"},
     {"seven", "7"},
     {"eight", "8"},
     {"nine", "9"},
     {"ten", "10"}}};

// The evaluation's own table, sorted. Left out are entries that change nothing, and those with
// capitals: texts are lower-case by then.
constexpr std::pair<std::string_view, std::string_view> kContractions[] = {
    {"'ow'sat", "'ow's'at"},
    {"'ows'at", "'ow's'at"},
    {"aint", "ain't"},
    {"arent", "aren't"},
    {"cant", "can't"},
    {"couldn'tve", "couldn't've"},
    {"couldnt", "couldn't"},
    {"couldnt've", "couldn't've"},
    {"couldve", "could've"},
    {"didnt", "didn't"},
    {"doesnt", "doesn't"},
    {"dont", "don't"},
    {"hadn'tve", "hadn't've"},
    {"hadnt", "hadn't"},
    {"hadnt've", "hadn't've"},
    {"hasnt", "hasn't"},
    {"havent", "haven't"},
    {"he'dve", "he'd've"},
    {"hed", "he'd"},
    {"hed've", "he'd've"},
    {"hes", "he's"},
    {"howd", "how'd"},
    {"howll", "how'll"},
    {"hows", "how's"},
    {"isnt", "isn't"},
    {"it'dve", "it'd've"},
    {"itd", "it'd"},
    {"itd've", "it'd've"},
    {"itll", "it'll"},
    {"maam", "ma'am"},
    {"mightn'tve", "mightn't've"},
    {"mightnt", "mightn't"},
    {"mightnt've", "mightn't've"},
    {"mightve", "might've"},
    {"mustnt", "mustn't"},
    {"mustve", "must've"},
    {"neednt", "needn't"},
    {"notve", "not've"},
    {"oclock", "o'clock"},
    {"oughtnt", "oughtn't"},
    {"ow's'at", "'ow's'at"},
    {"shant", "shan't"},
    {"she'dve", "she'd've"},
    {"shed've", "she'd've"},
    {"shouldn'tve", "shouldn't've"},
    {"shouldnt", "shouldn't"},
    {"shouldnt've", "shouldn't've"},
    {"shouldve", "should've"},
    {"somebody'd", "somebodyd"},
    {"somebody'dve", "somebody'd've"},
    {"somebodyd've", "somebody'd've"},
    {"somebodyll", "somebody'll"},
    {"somebodys", "somebody's"},
    {"someone'dve", "someone'd've"},
    {"someoned", "someone'd"},
    {"someoned've", "someone'd've"},
    {"someonell", "someone'll"},
    {"someones", "someone's"},
    {"something'dve", "something'd've"},
    {"somethingd", "something'd"},
    {"somethingd've", "something'd've"},
    {"somethingll", "something'll"},
    {"thats", "that's"},
    {"there'dve", "there'd've"},
    {"thered", "there'd"},
    {"thered've", "there'd've"},
    {"therere", "there're"},
    {"theres", "there's"},
    {"they'dve", "they'd've"},
    {"theyd", "they'd"},
    {"theyd've", "they'd've"},
    {"theyll", "they'll"},
    {"theyre", "they're"},
    {"theyve", "they've"},
    {"twas", "'twas"},
    {"wasnt", "wasn't"},
    {"we'dve", "we'd've"},
    {"wed've", "we'd've"},
    {"werent", "weren't"},
    {"weve", "we've"},
    {"whatll", "what'll"},
    {"whatre", "what're"},
    {"whats", "what's"},
    {"whatve", "what've"},
    {"whens", "when's"},
    {"whered", "where'd"},
    {"wheres", "where's"},
    {"whereve", "where've"},
    {"who'dve", "who'd've"},
    {"whod", "who'd"},
    {"whod've", "who'd've"},
    {"wholl", "who'll"},
    {"whos", "who's"},
    {"whove", "who've"},
    {"whyll", "why'll"},
    {"whyre", "why're"},
    {"whys", "why's"},
    {"wont", "won't"},
    {"wouldn'tve", "wouldn't've"},
    {"wouldnt", "wouldn't"},
    {"wouldnt've", "wouldn't've"},
    {"wouldve", "would've"},
    {"y'all'dve", "y'all'd've"},
    {"y'alld've", "y'all'd've"},
    {"y'allll", "y'all'll"},
    {"yall", "y'all"},
    {"yall'd've", "y'all'd've"},
    {"yall'll", "y'all'll"},
    {"you'dve", "you'd've"},
    {"youd", "you'd"},
    {"youd've", "you'd've"},
    {"youll", "you'll"},
    {"youre", "you're"},
    {"youve", "you've"}};
static_assert(std::is_sorted(std::begin(kContractions), std::end(kContractions)));

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool has_digit_comma_digit(std::string_view text) {
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == ',' && is_digit(text[i - 1]) && is_digit(text[i + 1])) return true;
  }
  return false;
}

bool stands_next_to_a_blank(std::string_view text, char mark) {
  const char before[] = {' ', mark};
  const char after[] = {mark, ' '};
  return text.find(std::string_view(before, 2)) != std::string_view::npos ||
         text.find(std::string_view(after, 2)) != std::string_view::npos;
}

// Line ends and tabs become blanks, then the ends go.
std::string stripped(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  const auto first = std::find_if_not(line.begin(), line.end(), is_blank);
  const auto last = std::find_if_not(line.rbegin(), line.rend(), is_blank).base();
  return first < last ? std::string(first, last) : std::string();
}

std::string lower_case(std::string_view text) {
  std::string lower;
  std::size_t at = 0;
  while (at < text.size()) {
    utf8proc_int32_t letter = 0;
    const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
                                       static_cast<utf8proc_ssize_t>(text.size() - at), &letter);
    if (size <= 0) {  // not UTF-8: as it is
      lower.push_back(text[at++]);
      continue;
    }
    utf8proc_uint8_t bytes[4];
    const auto written = utf8proc_encode_char(utf8proc_tolower(letter), bytes);
    lower.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(written));
    at += static_cast<std::size_t>(size);
  }
  return lower;
}

std::string_view number_or_word(std::string_view word) {
  for (const auto& [name, digits] : kNumberWords) {
    if (word == name) return digits;
  }
  return word;
}

std::string_view contracted(std::string_view word) {
  const auto found =
      std::lower_bound(std::begin(kContractions), std::end(kContractions), word,
                       [](const auto& pair, std::string_view key) { return pair.first < key; });
  return found != std::end(kContractions) && found->first == word ? found->second : word;
}

}  // namespace

std::string without_vqa_punctuation(std::string_view raw) {
  const std::string answer = stripped(raw);
  const bool with_commas = has_digit_comma_digit(answer);
  std::string text;
  for (const char c : answer) {
    if (kPunctuation.find(c) == std::string_view::npos) {
      text.push_back(c);
    } else if (!with_commas && !stands_next_to_a_blank(answer, c)) {
      text.push_back(' ');
    }
  }
  std::string result;
  int periods = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool goes =
        text[i] == '.' && periods < kMaxPeriods && (i + 1 == text.size() || !is_digit(text[i + 1]));
    if (!goes) result.push_back(text[i]);
    periods += goes ? 1 : 0;
  }
  return result;
}

std::string normalise_vqa_answer(std::string_view answer) {
  const std::string text = lower_case(without_vqa_punctuation(answer));
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    if (is_blank(text[at])) {
      ++at;
      continue;
    }
    const std::size_t begin = at;
    while (at < text.size() && !is_blank(text[at])) ++at;
    const auto word = number_or_word(std::string_view(text).substr(begin, at - begin));
    if (word == "a" || word == "an" || word == "the") continue;
    if (!result.empty()) result.push_back(' ');
    result += contracted(word);
  }
  return result;
}

AnswerList::AnswerList(std::vector<std::string> answers) : answers_(std::move(answers)) {
  for (std::size_t i = 0; i < answers_.size(); ++i) numbers_.emplace(answers_[i], i);
}

Result<AnswerList> AnswerList::read(const std::filesystem::path& path) {
  auto source = UNIMO_TRY(open_source(path, {}));
  const auto text = UNIMO_TRY(read_all(*source, kMaxListBytes));
  const Json document = UNIMO_TRY(parse_json(text, path.string()));
  const auto refuse = [&](const std::string& what) {
    return fail(ErrorCode::kInvalid,
                "{}: {}; it must be a list of answers, or an object of answer to number from 0",
                path.string(), what);
  };
  if ((!document.is_array() && !document.is_object()) || document.empty())
    return refuse("no answers");
  std::vector<std::string> answers(document.size());
  std::vector<bool> taken(document.size(), false);
  for (const auto& [key, value] : document.items()) {
    const bool list = document.is_array();
    if (list ? !value.is_string() : !value.is_number_unsigned())
      return refuse(fmt::format("{}: {}", key, value.dump()));
    const std::size_t number = list ? std::stoul(key) : value.get<std::size_t>();
    if (number >= answers.size() || taken[number])
      return refuse(fmt::format("number {} of \"{}\" leaves a gap", number, key));
    taken[number] = true;
    answers[number] = list ? value.get<std::string>() : key;
  }
  AnswerList result(std::move(answers));
  if (result.numbers_.size() != result.answers_.size()) return refuse("an answer stands twice");
  return result;
}

std::map<std::string, double> AnswerList::soft_targets(
    const std::vector<std::string>& people) const {
  constexpr std::array<double, 5> kWorth{0, 0.3, 0.6, 0.9, 1};
  std::map<std::string, std::size_t> counts;
  for (const std::string& answer : people) ++counts[normalise_vqa_answer(answer)];
  std::map<std::string, double> targets;
  for (const auto& [answer, count] : counts) {
    if (contains(answer)) targets[answer] = kWorth[std::min(count, kWorth.size() - 1)];
  }
  return targets;
}

Status AnswerCounts::add(std::string_view majority) {
  const std::string answer = normalise_vqa_answer(majority);
  return answers_.add(key_of(answer), answer);
}

Result<AnswerList> AnswerCounts::list(std::int64_t min_count) {
  std::vector<std::pair<std::int64_t, std::string>> frequent;
  UNIMO_TRY(answers_.visit([&](std::uint64_t, std::span<const std::string> same) {
    const auto count = static_cast<std::int64_t>(same.size());
    if (count >= min_count) frequent.emplace_back(-count, same.front());
    return ok();
  }));
  std::sort(frequent.begin(), frequent.end());
  std::vector<std::string> answers;
  answers.reserve(frequent.size());
  for (auto& [count, answer] : frequent) answers.push_back(std::move(answer));
  return AnswerList(std::move(answers));
}

}  // namespace unimo::stages
