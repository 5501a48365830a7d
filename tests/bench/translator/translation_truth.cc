// How many back-translations of the mini-world's captions are true of their pictures:
//   translation_truth TRANSLATIONS IMAGES SEED [CAPTIONS VAL TEST OBJECTS_MIN OBJECTS_MAX]
//
// TRANSLATIONS is translations.jsonl of back_translate; the numbers are those of the miniworld that
// the captions came from (5 captions, 100, 100, 1, 4). The world is made again, and what each kept
// sentence claims is held against the pictures that have the caption: all of them, where several
// have the very same caption, must bear it out. Prints the share, and the first sentences that are
// not true or that cannot be read.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <vector>

#include "orchestrator/base/json.h"
#include "stages/miniworld/caption_meaning.h"
#include "stages/miniworld/captions.h"
#include "stages/miniworld/scene.h"

namespace unimo::stages {
namespace {

using Pictures = std::map<std::string, std::vector<const Scene*>>;

bool is_true(const std::string& text, const std::vector<const Scene*>& scenes) {
  const auto meaning = read_meaning(text);
  if (!meaning) return false;
  for (const Scene* scene : scenes) {
    if (!is_true_of(*meaning, *scene)) return false;
  }
  return true;
}

Status judge(const char* path, const Pictures& pictures) {
  std::ifstream file(path);
  if (!file) return fail(ErrorCode::kNotFound, "{}: cannot be read", path);
  std::int64_t kept = 0, good = 0, unknown = 0, shown = 0;
  for (std::string text; std::getline(file, text);) {
    const Json line = UNIMO_TRY(parse_json(text, path));
    const auto caption = line.at("text").get<std::string>();
    const auto scenes = pictures.find(caption);
    for (const Json& one : line.at("translations")) {
      if (one.at("fate") != "kept") continue;
      if (scenes == pictures.end()) {
        ++unknown;
        continue;
      }
      ++kept;
      const auto back = one.at("text").get<std::string>();
      if (is_true(back, scenes->second)) {
        ++good;
      } else if (shown++ < 10) {
        fmt::print("  {}\n    {}\n    {}\n", caption, one.at("pivot_text").get<std::string>(),
                   back);
      }
    }
  }
  fmt::print(
      "{} of {} back-translations are true of their picture: {:.2f} %; {} of captions that "
      "this world does not have\n",
      good, kept, kept > 0 ? 100.0 * static_cast<double>(good) / static_cast<double>(kept) : 0,
      unknown);
  return ok();
}

}  // namespace
}  // namespace unimo::stages

int main(int argc, char** argv) {
  using namespace unimo::stages;
  if (argc < 4) {
    std::fputs(
        "translation_truth TRANSLATIONS IMAGES SEED [CAPTIONS VAL TEST OBJECTS_MIN "
        "OBJECTS_MAX]\n",
        stderr);
    return 2;
  }
  const auto number = [&](int i, int otherwise) {
    return i < argc ? std::atoi(argv[i]) : otherwise;
  };
  const MiniWorld params{.images = number(2, 0),
                         .val_images = number(5, 100),
                         .test_images = number(6, 100),
                         .objects_min = number(7, 1),
                         .objects_max = number(8, 4),
                         .captions_per_image = number(4, 5)};
  const auto seed = static_cast<std::uint64_t>(std::atoll(argv[3]));
  const auto scenes = make_scenes(seed, params);
  if (!scenes) {
    std::fprintf(stderr, "%s\n", scenes.error().message.c_str());
    return 1;
  }
  Pictures pictures;
  for (const Scene& scene : *scenes) {
    for (const SceneCaption& caption : write_captions(scene, seed, params.captions_per_image))
      pictures[caption.text].push_back(&scene);
  }
  const unimo::Status status = judge(argv[1], pictures);
  if (!status) std::fprintf(stderr, "%s\n", status.error().message.c_str());
  return status ? 0 : 1;
}
