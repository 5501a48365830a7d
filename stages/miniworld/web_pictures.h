// Pictures as the web has them: under the folder web/, to be served by any server of files
//   python3 -m http.server 8123 --bind 127.0.0.1 --directory web
// and some of them gone, some a page instead, some the picture that says "unavailable".
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "orchestrator/base/result.h"
#include "stages/miniworld/draws.h"

namespace unimo::stages {

enum class Fate { kAlive, kGone, kPage, kUnavailable };
// One in 25 is not there any more, in one way or another.
Fate draw_fate(Draws& draws);
std::string_view word(Fate fate);

// What the server shall answer: the picture; no file; HTML under the picture's name; always the
// same grey picture.
Status put_web_picture(const std::filesystem::path& path, Fate fate, std::string_view jpeg);

// The picture turned clockwise by quarter turns, encoded anew.
Result<std::string> turned_clockwise(std::string_view jpeg, int quarter_turns, int quality);

}  // namespace unimo::stages
