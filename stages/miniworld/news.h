// Reports about scenes: articles with their main facts as highlights (CNN/DailyMail), sentences
// with headlines (Gigaword), pages of the web (OpenWebText).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "stages/miniworld/draws.h"
#include "stages/miniworld/scene.h"

namespace unimo::stages {

struct NewsStory {
  std::vector<std::string> paragraphs;
  std::vector<std::string> highlights;  // one for each scene, without a full stop
};

// The main fact of a scene, where its first two things lie, stands in the middle of its paragraph,
// in other words than in the highlight, and most of the article is about other things.
NewsStory write_news(std::span<const Scene> scenes, Draws& draws);

struct Headline {
  std::string sentence, headline;  // lower case, digits as #
};
Headline write_headline(const Scene& scene, Draws& draws);

// A page with paragraphs between blank lines, curly quotes and leftovers of the page's furniture.
std::string write_web_page(std::span<const Scene> scenes, Draws& draws);

}  // namespace unimo::stages
