// The header X-Robots-Tag: what hosts allow robots to do with a file.
#pragma once

#include <string_view>

namespace unimo::stages {

// True when the value forbids us to take a picture: noai, noimageai, noindex, noimageindex or none,
// said to all or to "unimo". "googlebot: noindex" is not for us.
bool robots_tag_forbids(std::string_view value);

}  // namespace unimo::stages
