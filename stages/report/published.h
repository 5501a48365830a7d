// The published results, as experiments/published.json had them when this was built.
#pragma once

#include <string_view>

namespace unimo::stages {

std::string_view published_json();

}  // namespace unimo::stages
