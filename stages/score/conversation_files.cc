#include "stages/score/conversation_files.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <utility>

#include "evaluators/evaluator.h"
#include "stages/ingest/stream/json_stream.h"
#include "stages/ingest/stream/line_reader.h"
#include "stages/score/text_lines.h"

namespace unimo::stages {

namespace {

namespace fs = std::filesystem;

// The sources that the official program knows.
constexpr std::array<std::string_view, 7> kSources{"mctest",    "gutenberg", "race",   "cnn",
                                                   "wikipedia", "reddit",    "science"};

using TurnKey = std::pair<std::string, std::int64_t>;

std::string turn_name(const TurnKey& key) {
  return fmt::format("{} turn {}", key.first, key.second);
}

// Adds the answers of one list to the turns of their places.
Status add_answers(const std::string& place, JsonView answers, std::span<AnsweredTurn> turns) {
  if (answers.size() != turns.size() || !answers.is_list()) {
    return fail(ErrorCode::kInvalid, "{}: {} answers, but the conversation has {} questions", place,
                answers.size(), turns.size());
  }
  std::size_t i = 0;
  for (const JsonView answer : answers.items()) {
    const auto text = answer.need_text("input_text");
    if (!text) return fail(ErrorCode::kInvalid, "{}[{}]: {}", place, i, text.error().message);
    turns[i++].references.emplace_back(*text);
  }
  return ok();
}

// The additional lists by their keys: "0", "1", "2".
Status add_additional(const std::string& place, JsonView lists, std::span<AnsweredTurn> turns) {
  std::map<std::string, JsonView> by_key;
  for (const auto& [key, list] : lists.members()) by_key.emplace(key, list);
  for (const auto& [key, list] : by_key)
    UNIMO_TRY(add_answers(fmt::format("{}.additional_answers.{}", place, key), list, turns));
  return ok();
}

Status add_conversation(const std::string& place, JsonView item, Conversations& all,
                        std::int64_t& misplaced) {
  const auto id = item.need_text("id");
  const auto source = item.need_text("source");
  if (!id || !source)
    return fail(ErrorCode::kInvalid, "{}: {}", place, (id ? source : id).error().message);
  if (std::find(kSources.begin(), kSources.end(), *source) == kSources.end()) {
    return fail(ErrorCode::kInvalid,
                "{}.source: \"{}\" is none of mctest, gutenberg, race, cnn, wikipedia, reddit, "
                "science; the official program stops here",
                place, *source);
  }
  const std::size_t first = all.turns.size();
  for (const JsonView question : item["questions"].items()) {
    const auto turn = question.need_whole("turn_id");
    const std::size_t index = all.turns.size() - first;
    if (!turn)
      return fail(ErrorCode::kInvalid, "{}.questions[{}]: {}", place, index, turn.error().message);
    if (*turn != static_cast<std::int64_t>(index) + 1) ++misplaced;
    all.turns.push_back({std::string(*id), *turn, std::string(*source), {}});
  }
  const std::span turns = std::span(all.turns).subspan(first);
  if (turns.empty()) return fail(ErrorCode::kInvalid, "{}: has no questions", place);
  UNIMO_TRY(add_answers(place + ".answers", item["answers"], turns));
  return add_additional(place, item["additional_answers"], turns);
}

std::map<TurnKey, std::size_t> places_of(const Conversations& all) {
  std::map<TurnKey, std::size_t> places;
  for (std::size_t i = 0; i < all.turns.size(); ++i)
    places.emplace(TurnKey{all.turns[i].story, all.turns[i].turn}, i);
  return places;
}

// Puts answers to their turns and counts what did not fit.
class AnswerSheet {
 public:
  explicit AnswerSheet(const Conversations& all)
      : places_(places_of(all)),
        all_(all),
        sheet_{.answers = std::vector<std::string>(all.turns.size()),
               .given = std::vector<bool>(all.turns.size())} {}

  void put(const TurnKey& key, std::string_view answer) {
    const auto place = places_.find(key);
    if (place == places_.end()) return unknown_.push_back(turn_name(key));
    if (sheet_.given[place->second]) again_.push_back(turn_name(key));
    sheet_.given[place->second] = true;
    sheet_.answers[place->second] = answer;
  }

  PredictedAnswers finish(const std::string& file) && {
    std::vector<std::string> missing;
    for (std::size_t i = 0; i < sheet_.given.size(); ++i)
      if (!sheet_.given[i]) missing.push_back(turn_name({all_.turns[i].story, all_.turns[i].turn}));
    const auto warn = [&](const std::vector<std::string>& turns, std::string_view what) {
      if (!turns.empty())
        sheet_.warnings.push_back(
            fmt::format("{}: {} {}: {}", file, turns.size(), what, eval::first_names(turns)));
    };
    warn(missing, "turns have no prediction and score 0");
    warn(unknown_, "predictions are of turns that the references do not have, and are not used");
    warn(again_, "turns were predicted before; the last prediction counts");
    return std::move(sheet_);
  }

 private:
  std::map<TurnKey, std::size_t> places_;
  const Conversations& all_;
  PredictedAnswers sheet_;
  std::vector<std::string> unknown_, again_;
};

}  // namespace

Result<Conversations> read_conversations(const fs::path& path) {
  Conversations all{.name = path.string()};
  std::int64_t misplaced = 0;
  UNIMO_TRY(stream_json_views(path, {}, [&](const JsonPlace& at, JsonView item) -> Status {
    if (at.section != "data") return ok();
    return add_conversation(fmt::format("{}:{}: data[{}]", all.name, at.line, at.index), item, all,
                            misplaced);
  }));
  if (all.turns.empty()) {
    return fail(ErrorCode::kInvalid, "{}: no conversation in a list \"data\"; is it CoQA's JSON?",
                all.name);
  }
  if (places_of(all).size() != all.turns.size()) {
    return fail(ErrorCode::kInvalid, "{}: some conversation or turn stands twice; ids must differ",
                all.name);
  }
  if (misplaced > 0)
    all.warnings.push_back(
        fmt::format("{}: {} turn ids are not the place of their turn", all.name, misplaced));
  return all;
}

Result<PredictedAnswers> read_answers(const fs::path& path, const Conversations& conversations) {
  AnswerSheet sheet(conversations);
  UNIMO_TRY(stream_json_views(path, {}, [&](const JsonPlace& at, JsonView item) -> Status {
    const auto id = item.need_text("id");
    const auto turn = item.need_whole("turn_id");
    const auto answer = item.need_text("answer");
    if (!at.section.empty() || !id || !turn || !answer) {
      const std::string what = !id       ? id.error().message
                               : !turn   ? turn.error().message
                               : !answer ? answer.error().message
                                         : "predictions are one list";
      return fail(ErrorCode::kInvalid,
                  "{}:{}: entry {}: {}; predictions are [{{\"id\", \"turn_id\", \"answer\"}}]",
                  path.string(), at.line, at.index + 1, what);
    }
    sheet.put({std::string(*id), *turn}, *answer);
    return ok();
  }));
  return std::move(sheet).finish(path.string());
}

Result<PredictedAnswers> read_answer_lines(const fs::path& path, const fs::path& ids,
                                           const Conversations& conversations) {
  const TextLines answers = UNIMO_TRY(read_text_lines(path, {}));
  const TextLines keys = UNIMO_TRY(read_text_lines(ids, {}));
  UNIMO_TRY(check_same_length(answers, keys));
  AnswerSheet sheet(conversations);
  std::vector<std::string_view> fields;
  for (std::size_t i = 0; i < keys.lines.size(); ++i) {
    split_tabs(keys.lines[i], fields);
    std::int64_t turn = 0;
    const std::string_view number = fields.back();
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), turn);
    if (fields.size() != 2 || error != std::errc() || end != number.data() + number.size())
      return fail(ErrorCode::kInvalid, "{}:{}: \"{}\" is not an id, a tab and a turn's number",
                  keys.name, i + 1, keys.lines[i].substr(0, 100));
    sheet.put({std::string(fields.front()), turn}, answers.lines[i]);
  }
  PredictedAnswers predicted = std::move(sheet).finish(answers.name);
  for (std::string& warning : warnings_of(answers, true))
    predicted.warnings.push_back(std::move(warning));
  return predicted;
}

}  // namespace unimo::stages
