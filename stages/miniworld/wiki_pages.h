// Pages of a wiki about scenes, in wikitext with all that a reader has to take out again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stages/miniworld/draws.h"
#include "stages/miniworld/scene.h"

namespace unimo::stages {

struct DrawnWikiPage {
  std::string title;
  int space = 0;         // namespace: 0 articles, 1 talk, 2 users, 10 templates, 14 categories
  std::string redirect;  // title of the page that this one points at; empty for the others
  std::string text;
};

// The article about a scene, and now and then a redirect to it, its talk page or a user's.
std::vector<DrawnWikiPage> write_wiki_pages(const Scene& scene, Draws& draws);

// Pages that every dump has: a template, a category, a redirect.
std::vector<DrawnWikiPage> common_wiki_pages();

// <page> … </page>, indented as in the dumps.
std::string page_xml(const DrawnWikiPage& page, std::int64_t id);
// <mediawiki …> … </siteinfo>.
std::string dump_header();

}  // namespace unimo::stages
