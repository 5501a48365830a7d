#include "stages/ingest/benchmarks/vqa_answers.h"

#include <algorithm>
#include <array>

#include "evaluators/vqa_accuracy.h"
#include "orchestrator/base/json.h"
#include "stages/ingest/stream/byte_source.h"

namespace unimo::stages {

namespace {

constexpr std::int64_t kMaxListBytes = 64 << 20;  // the list of 3 129 has 47 KB

}  // namespace

std::string normalise_vqa_answer(std::string_view answer) {
  return eval::vqa_normalized(eval::vqa_trimmed(answer));
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
