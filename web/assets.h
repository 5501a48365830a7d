// The files of the pages, embedded in the program at build time (see embed.cmake): our own from
// web/static, the chart library and the fonts from the installed packages.
#pragma once

#include <span>
#include <string_view>

namespace unimo::web {

struct Asset {
  std::string_view name;  // "style.css", as in /static/style.css
  std::string_view content_type;
  std::string_view bytes;
};

std::span<const Asset> assets();

// Null when there is none of that name.
const Asset* find_asset(std::string_view name);

}  // namespace unimo::web
