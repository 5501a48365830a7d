// Names of the pictures in Flickr30k; SNLI-VE points at them.
#pragma once

#include <string>

#include "stages/miniworld/exhibit.h"

namespace unimo::stages {

// "1000007919"; the file is this and ".jpg".
std::string flickr_id(const Exhibit& exhibit);

}  // namespace unimo::stages
