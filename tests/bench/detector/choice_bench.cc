// The choice of regions beside the rule as it is written, one suppression for each of 1600 classes.
//
//   choice_bench [proposals] [classes] [repetitions]
//
// Scenes are objects with several proposals around each; class probabilities are peaked, as a
// trained detector's, or flat, as an untrained one's. One line a scene: medians of processor
// milliseconds, the ratio, and whether both gave the same numbers.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "tests/trainer/detector/plain_choice.h"
#include "trainer/data/random.h"

namespace unimo::trainer {
namespace {

struct Scene {
  const char* name;
  int objects;       // proposals stand around so many places
  double sharpness;  // of the normal logits
  double favourite;  // added to the logit of the place's own class
};

struct Drawn {
  std::vector<Box> boxes;
  std::vector<float> probabilities;
};

Drawn draw(const Scene& scene, int proposals, std::size_t columns) {
  Drawn drawn;
  Random random({.seed = 1, .stream = stream_of(scene.name)});
  for (int i = 0; i < proposals; ++i) {
    const auto object = random.below(static_cast<std::uint64_t>(scene.objects));
    Random place({.seed = 2, .stream = stream_of(scene.name), .sample = object});
    const double x = place.uniform() * 800, y = place.uniform() * 450,
                 side = 60 + 250 * place.uniform();
    const auto near = [&](double v) {
      return static_cast<float>(v + side * 0.12 * random.normal());
    };
    const float x1 = near(x), y1 = near(y);
    drawn.boxes.push_back(
        {x1, y1, std::max(near(x + side), x1 + 16), std::max(near(y + side), y1 + 16)});
    std::vector<double> row(columns);
    const std::size_t own = 1 + static_cast<std::size_t>(place.below(columns - 1));
    double sum = 0;
    for (std::size_t c = 0; c < columns; ++c) {
      row[c] = std::exp(scene.sharpness * random.normal() + (c == own ? scene.favourite : 0));
      sum += row[c];
    }
    for (const double value : row) drawn.probabilities.push_back(static_cast<float>(value / sum));
  }
  return drawn;
}

// Of this thread alone: other programs disturb it less than the clock.
double processor_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e3 * static_cast<double>(now.tv_sec) + 1e-6 * static_cast<double>(now.tv_nsec);
}

template <class Run>
double median_ms(int repetitions, const Run& run) {
  std::vector<double> times;
  for (int i = 0; i < repetitions; ++i) {
    const double start = processor_ms();
    run();
    times.push_back(processor_ms() - start);
  }
  std::ranges::sort(times);
  return times[times.size() / 2];
}

void compare(const Scene& scene, int proposals, int classes, int repetitions) {
  const auto columns = static_cast<std::size_t>(classes) + 1;
  const Drawn drawn = draw(scene, proposals, columns);
  const ClassTable table{drawn.probabilities, columns};
  std::vector<float> fast, plain;
  const double ours =
      median_ms(repetitions, [&] { fast = class_wise_confidence(drawn.boxes, table, 0.3); });
  const double theirs = median_ms(std::max(repetitions / 4, 1),
                                  [&] { plain = plain_confidence(drawn.boxes, table, 0.3); });
  fmt::print("{:<28} ours {:7.2f} ms  plain rule {:8.2f} ms  ratio {:6.1f}  {}\n", scene.name, ours,
             theirs, theirs / ours, fast == plain ? "identical" : "DIFFERENT");
}

}  // namespace
}  // namespace unimo::trainer

int main(int argc, char** argv) {
  const auto argument = [&](int i, int otherwise) {
    return argc > i ? std::atoi(argv[i]) : otherwise;
  };
  const int proposals = argument(1, 300), classes = argument(2, 1600),
            repetitions = argument(3, 21);
  using unimo::trainer::Scene;
  for (const Scene& scene :
       {Scene{"trained, 40 objects", 40, 2.0, 8.0}, Scene{"trained, 8 objects", 8, 2.0, 8.0},
        Scene{"unsure, 40 objects", 40, 1.0, 2.0}, Scene{"untrained, 40 objects", 40, 0.1, 0.0},
        Scene{"untrained, one place", 1, 0.1, 0.0}}) {
    unimo::trainer::compare(scene, proposals, classes, repetitions);
  }
  return 0;
}
