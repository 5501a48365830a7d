#include "stages/ingest/benchmarks/example_sink.h"

#include <algorithm>
#include <array>
#include <set>

#include "orchestrator/stage/stage.h"
#include "stages/ingest/text/text_check.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kTick = 4096;  // examples between looks at the clock of the outside world
constexpr std::string_view kBlanks = " \t\r\n\f\v";

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// "SST-2.dev.tsv" -> sst, 2, dev, tsv.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  for (const char c : name) {
    if (is_word_byte(c)) {
      words.back() += (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  return words;
}

std::string plain_name(const fs::path& path) {
  std::string name = path.filename().string();
  for (const std::string_view ending : {".gz", ".bz2", ".xz", ".zst"}) {
    if (name.size() > ending.size() && name.ends_with(ending)) {
      name.resize(name.size() - ending.size());
      break;
    }
  }
  return name;
}

Status check_name(const BenchmarkFile& file) {
  const auto splits = splits_in_name(file.name);
  if (!splits.empty() && std::find(splits.begin(), splits.end(), file.input.split) == splits.end())
    return fail(ErrorCode::kInvalid,
                "{}: its name says {}, but it is given as {}; splits must not be mixed: give it to "
                "the right input, or rename it if the name is wrong",
                file.path.string(), splits.front(), file.input.input);
  if (file.input.set.empty()) return ok();
  for (const std::string& word : words_of(file.name)) {
    if ((word == "matched" || word == "mismatched") && word != file.input.set) {
      return fail(ErrorCode::kInvalid,
                  "{}: its name says {}, but it is given as {}; give it to the right input",
                  file.path.string(), word, file.input.input);
    }
  }
  return ok();
}

// Where the first byte stands that is not UTF-8; nothing when all is well.
std::optional<std::size_t> first_bad_byte(std::string_view text) {
  if (is_utf8(text)) return std::nullopt;
  const std::string repaired = with_replacements(text);
  const auto [bad, unused] =
      std::mismatch(text.begin(), text.end(), repaired.begin(), repaired.end());
  return static_cast<std::size_t>(bad - text.begin());
}

// What is wrong with a text, as reason and detail; an empty reason: nothing.
struct Verdict {
  std::string_view reason;
  std::string detail;
};

Verdict judge_text(std::string_view name, std::string_view text) {
  if (const auto bad = first_bad_byte(text))
    return {"invalid_utf8", fmt::format("{}: byte {} of it is not UTF-8: {}", name, *bad,
                                        with_replacements(text.substr(0, 80)))};
  if (has_replacement(text))
    return {"invalid_utf8",
            fmt::format("{} holds U+FFFD: its bytes were not UTF-8, or were damaged before", name)};
  if (trim(text).empty()) return {"empty_part", fmt::format("{} has no text", name)};
  return {};
}

Verdict judge(const ExampleRecord& example) {
  if (!is_utf8(example.id)) return {"invalid_utf8", "its id is not UTF-8"};
  for (const auto& [name, text] : example.parts) {
    if (Verdict verdict = judge_text(name, text); !verdict.reason.empty()) return verdict;
  }
  for (const std::string& target : example.targets) {
    if (Verdict verdict = judge_text("target", target); !verdict.reason.empty()) return verdict;
  }
  return {};
}

}  // namespace

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::vector<std::string> splits_in_name(std::string_view name) {
  static constexpr std::array<std::array<std::string_view, 2>, 6> kWords{{{"train", "train"},
                                                                          {"dev", "val"},
                                                                          {"val", "val"},
                                                                          {"valid", "val"},
                                                                          {"validation", "val"},
                                                                          {"test", "test"}}};
  std::vector<std::string> splits;
  for (const std::string& word : words_of(name)) {
    for (const auto& [known, split] : kWords) {
      if (word == known) splits.emplace_back(split);
    }
  }
  return splits;
}

std::array<SplitInput, 3> three_splits(const SplitCounts& official) {
  return {{{"train", "train", "", official.train},
           {"dev", "val", "", official.val},
           {"test", "test", "", official.test}}};
}

Result<std::vector<BenchmarkFile>> benchmark_files(const StageContext& context,
                                                   std::span<const SplitInput> inputs,
                                                   bool ids_of_names) {
  std::vector<BenchmarkFile> files;
  std::set<std::string> names;
  for (const SplitInput& input : inputs) {
    for (const InputItem& item : context.inputs(input.input)) {
      BenchmarkFile file{item.path, with_replacements(plain_name(item.path)), input};
      if (fs::is_directory(item.path)) {
        return fail(ErrorCode::kInvalid, "{}: is a folder; the input {} takes files: name them",
                    item.path.string(), input.input);
      }
      UNIMO_TRY(check_name(file));
      if (ids_of_names && !names.insert(file.name).second) {
        return fail(ErrorCode::kInvalid,
                    "{}: two inputs are files called {}, of which ids are made; rename one",
                    item.path.string(), file.name);
      }
      files.push_back(std::move(file));
    }
  }
  return files;
}

ExampleSink::ExampleSink(StageContext& context, const TextBenchmarkIngest& params,
                         RecordsWriter& writer, Quarantine& quarantine)
    : context_(context), params_(params), writer_(writer), quarantine_(quarantine) {}

Status ExampleSink::count_one() {
  if (++seen_ % kTick != 0) return ok();
  if (StageContext::stop_requested())
    return fail(ErrorCode::kCancelled, "stopped while reading examples");
  std::int64_t total = 0;
  for (const auto& [split, count] : expected_) total += count;
  context_.events().progress(seen_, std::max(seen_, total), "examples");
  return ok();
}

Status ExampleSink::add(std::string_view place, const ExampleRecord& example) {
  UNIMO_TRY(count_one());
  auto& added = added_[example.split];
  if (params_.max_examples > 0 && added >= params_.max_examples) {
    note("skipped.max_examples");
    return ok();
  }
  quarantine_.saw(Item::kExample);
  Verdict verdict = judge(example);
  if (verdict.reason.empty() && writer_.has_example(example.id))
    verdict = {"duplicate_id", "an example of this id was there before"};
  if (!verdict.reason.empty()) {
    quarantine_.add(Item::kExample, {with_replacements(place), with_replacements(example.id),
                                     std::string(verdict.reason), std::move(verdict.detail)});
    return ok();
  }
  ++added;
  return writer_.add_example(example);
}

Status ExampleSink::refuse(std::string_view place, std::string_view id, std::string_view reason,
                           std::string_view detail, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    UNIMO_TRY(count_one());
    quarantine_.saw(Item::kExample);
    quarantine_.add(Item::kExample, {with_replacements(place), with_replacements(id),
                                     std::string(reason), with_replacements(detail)});
  }
  return ok();
}

void ExampleSink::refuse_span(std::string_view place, std::string_view id,
                              std::string_view detail) {
  quarantine_.add(Item::kSpan,
                  {std::string(place), std::string(id), "span_mismatch", std::string(detail)});
}

std::string ExampleSink::tidy(std::string_view text) {
  const std::string_view tidied = trim(text);
  if (tidied.size() != text.size()) note("texts.trimmed");
  return std::string(tidied);
}

void ExampleSink::expect(std::span<const BenchmarkFile> files) {
  std::set<std::string> inputs;
  std::map<std::string, std::int64_t> official;
  for (const BenchmarkFile& file : files) {
    if (inputs.insert(file.input.input).second) official[file.input.split] += file.input.official;
  }
  for (const auto& [split, count] : official) expect(split, count);
}

void ExampleSink::expect(const std::string& split, std::int64_t official) {
  if (!params_.complete || official == 0) return;
  expected_[split] = official;
  writer_.official("examples." + split, official);
}

}  // namespace unimo::stages
