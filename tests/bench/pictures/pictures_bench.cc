// What annotations of the size that the makers publish cost to bring together:
//   bench_pictures MILLIONS   Visual Genome with so many million phrases, then VQA with a tenth as
//                             many questions, all on small pictures; each in a process of its own,
//                             so that the peak of memory is its own
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <opencv2/imgcodecs.hpp>

#include "stages/ingest/benchmarks/benchmarks.h"
#include "stages/ingest/corpora/corpora.h"
#include "stages/schema/image_benchmarks.h"
#include "stages/schema/ingest.h"
#include "tests/stages/stage_bench.h"

namespace unimo::stages {
namespace {

constexpr int kPhrases = 50, kObjects = 35, kQuestions = 5;  // of a picture, as Visual Genome has

std::string small_jpeg() {
  const cv::Mat picture(48, 64, CV_8UC3, cv::Scalar(40, 120, 200));
  std::vector<uchar> bytes;
  cv::imencode(".jpg", picture, bytes);
  return {bytes.begin(), bytes.end()};
}

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

void report(const char* what, const StageBench& bench, std::int64_t items, const char* unit,
            double bytes, double seconds) {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const double memory = static_cast<double>(usage.ru_maxrss) / 1024;
  fmt::print(
      "{}: {} {} of {:.2f} GB of JSON in {:.1f} processor seconds ({:.0f} a second), {:.0f} "
      "MB at most in memory; {} pictures\n",
      what, items, unit, bytes / 1e9, seconds, static_cast<double>(items) / seconds, memory,
      bench.count("images.train"));
}

void write_genome(const StageBench& bench, int pictures) {
  std::filesystem::create_directories(bench.path("images"));
  const std::string jpeg = small_jpeg();
  std::ofstream data(bench.path("image_data.json")), regions(bench.path("regions.json")),
      objects(bench.path("objects.json"));
  data << '[';
  regions << '[';
  objects << '[';
  for (int image = 1; image <= pictures; ++image) {
    bench.write(fmt::format("images/{}.jpg", image), jpeg);
    const char* comma = image == 1 ? "" : ",\n";
    data << comma << fmt::format(R"({{"image_id": {}, "width": 64, "height": 48}})", image);
    regions << comma << fmt::format(R"({{"id": {}, "regions": [)", image);
    for (int i = 0; i < kPhrases; ++i) {
      regions
          << (i == 0 ? "" : ", ")
          << fmt::format(
                 R"({{"region_id": {}, "image_id": {}, "phrase": "thing {} is near the other thing {}", "x": {}, "y": 2, "width": 9, "height": 8}})",
                 image * kPhrases + i, image, i, image, i);
    }
    regions << "]}";
    objects << comma << fmt::format(R"({{"image_id": {}, "objects": [)", image);
    for (int i = 0; i < kObjects; ++i) {
      objects
          << (i == 0 ? "" : ", ")
          << fmt::format(
                 R"({{"object_id": {}, "x": {}, "y": 2, "w": 10, "h": 20, "names": ["thing {}"], "synsets": ["thing.n.01"]}})",
                 image * kObjects + i, i, i);
    }
    objects << "]}";
  }
  for (auto* file : {&data, &regions, &objects}) *file << ']';
}

Status measure_genome(double millions) {
  StageBench bench;
  const int pictures = static_cast<int>(millions * 1e6 / kPhrases);
  write_genome(bench, pictures);
  double bytes = 0;
  for (const char* input : {"image_data", "regions", "objects"}) {
    bench.input(input, std::string(input) + ".json");
    bytes +=
        static_cast<double>(std::filesystem::file_size(bench.path(std::string(input) + ".json")));
  }
  bench.input("images", "images");
  const double start = processor_seconds();
  UNIMO_TRY(bench.run(run_ingest_visual_genome, GenomeIngest{}));
  report("ingest.visual_genome", bench, bench.count("captions.train"), "phrases", bytes,
         processor_seconds() - start);
  return ok();
}

void write_vqa(const StageBench& bench, int pictures) {
  std::ofstream questions(bench.path("train2014_questions.json")),
      annotations(bench.path("train2014_annotations.json"));
  questions << R"({"questions": [)";
  annotations << R"({"annotations": [)";
  for (int i = 0; i < pictures * kQuestions; ++i) {
    const int image = 1 + i / kQuestions;
    const int id = image * 1000 + i % kQuestions;
    questions << (i == 0 ? "" : ", ")
              << fmt::format(R"({{"image_id": {}, "question": "What is {}?", "question_id": {}}})",
                             image, i, id);
    annotations
        << (i == 0 ? "" : ", ")
        << fmt::format(
               R"({{"question_id": {}, "image_id": {}, "question_type": "what is", "answer_type": "other", "multiple_choice_answer": "answer {}", "answers": [)",
               id, image, i % 4000);
    for (int person = 1; person <= 10; ++person) {
      annotations
          << (person == 1 ? "" : ", ")
          << fmt::format(
                 R"({{"answer": "answer {}", "answer_confidence": "yes", "answer_id": {}}})",
                 (i + person / 6) % 4000, person);
    }
    annotations << "]}";
  }
  questions << "]}";
  annotations << "]}";
}

Status measure_vqa(double millions) {
  StageBench bench;
  write_vqa(bench, static_cast<int>(millions * 1e5 / kQuestions));
  bench.input("questions", "train2014_questions.json");
  bench.input("annotations", "train2014_annotations.json");
  const auto bytes =
      static_cast<double>(std::filesystem::file_size(bench.path("train2014_questions.json")) +
                          std::filesystem::file_size(bench.path("train2014_annotations.json")));
  const double start = processor_seconds();
  UNIMO_TRY(bench.run(run_ingest_vqa, VqaIngest{}));
  report("ingest.vqa", bench, bench.count("examples.train"), "questions", bytes,
         processor_seconds() - start);
  return ok();
}

// False when it failed; its message is printed.
bool in_a_process(Status (*measure)(double), double millions) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    const Status status = measure(millions);
    if (!status) fmt::print(stderr, "{}\n", status.error().message);
    std::fflush(nullptr);
    ::_exit(status ? 0 : 1);
  }
  int end = 1;
  return child > 0 && ::waitpid(child, &end, 0) == child && end == 0;
}

}  // namespace
}  // namespace unimo::stages

int main(int argc, char** argv) {
  const double millions = argc == 2 ? std::atof(argv[1]) : 0;
  if (millions <= 0) {
    std::fputs("usage: bench_pictures MILLIONS\n", stderr);
    return 2;
  }
  const bool genome = unimo::stages::in_a_process(unimo::stages::measure_genome, millions);
  const bool vqa = unimo::stages::in_a_process(unimo::stages::measure_vqa, millions);
  return genome && vqa ? 0 : 1;
}
