#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "stages/miniworld/books.h"
#include "stages/miniworld/captions.h"
#include "stages/miniworld/scene.h"

namespace unimo::stages {
namespace {

TEST(Captions, OfOnePictureDiffer) {
  const auto scenes = make_scenes(1, MiniWorld{.images = 400}).value();
  for (const Scene& scene : scenes) {
    std::set<std::string> texts;
    for (const SceneCaption& caption : write_captions(scene, 1, 8)) {
      texts.insert(caption.text);
      EXPECT_EQ(caption.text.find("  "), std::string::npos) << caption.text;
      EXPECT_EQ(caption.text.back(), '.');
      EXPECT_GE(caption.objects.size(), std::min<std::size_t>(2, scene.objects.size()))
          << caption.text;
    }
    EXPECT_EQ(texts.size(), 8U);
  }
  EXPECT_GE(caption_kinds(1) + caption_kinds(2) + caption_kinds(3), 38U);
}

TEST(Captions, FitOnePictureAmongAHundred) {
  const auto scenes = make_scenes(1, MiniWorld{}).value();
  const auto holds = [](const Scene& scene, const SceneObject& wanted) {
    return std::any_of(scene.objects.begin(), scene.objects.end(), [&](const SceneObject& object) {
      return object.thing == wanted.thing && object.colour == wanted.colour;
    });
  };
  int captions = 0, unique = 0;
  for (std::size_t i = 0; i < 100; ++i) {
    for (const SceneCaption& caption : write_captions(scenes[i], 1, 5)) {
      int fitting = 0;
      for (std::size_t j = 0; j < 100; ++j) {
        const bool things =
            std::all_of(caption.objects.begin(), caption.objects.end(),
                        [&](std::size_t o) { return holds(scenes[j], scenes[i].objects[o]); });
        fitting += things && (!caption.names_place || scenes[j].place == scenes[i].place) ? 1 : 0;
      }
      ASSERT_GE(fitting, 1);
      ++captions;
      unique += fitting == 1 ? 1 : 0;
    }
  }
  EXPECT_EQ(captions, 500);
  EXPECT_GE(unique, 460);
}

TEST(Books, AreParagraphsOfTheAskedLength) {
  const auto volumes = write_books(1, 3200);
  ASSERT_EQ(volumes.size(), 3U);
  EXPECT_TRUE(volumes[0].starts_with("TALES OF THE SMALL WORLD\n\nVolume 1\n"));
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = volumes[0].find('\n', begin)) != std::string::npos;
       begin = end + 1) {
    ASSERT_LE(end - begin, 78U);
  }
  EXPECT_EQ(write_books(1, 100)[0], volumes[0].substr(0, write_books(1, 100)[0].size()));
}

}  // namespace
}  // namespace unimo::stages
