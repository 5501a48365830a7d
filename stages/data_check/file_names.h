// Names of files against official names, in which "*" stands for anything.
#pragma once

#include <string_view>

namespace unimo::stages {

bool matches(std::string_view pattern, std::string_view name);

// kPart: the official name with something before its ending, as parts and samples are called
// (captions.sample.json). Both may end in the name of a compression besides (.gz, .bz2, .xz, .zst).
enum class NameMatch { kNone, kPart, kExact };
NameMatch match_name(std::string_view official, std::string_view name);

// Of "train2014/*.jpg" the folder "train2014" and the name "*.jpg"; the folder may be empty.
struct FolderAndName {
  std::string_view folder, name;
};
FolderAndName folder_and_name(std::string_view official);

}  // namespace unimo::stages
