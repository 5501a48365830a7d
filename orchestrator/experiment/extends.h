// `extends:` a file or a list of files: their documents lie under this one, mapping by mapping.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "orchestrator/base/result.h"
#include "orchestrator/experiment/yaml.h"

namespace unimo {

// Follows `extends` of the document, relative to the folder of `file`, and drops the key. Mappings
// are merged key by key; any other value of the child replaces the parent's; null takes it away. A
// circle is an error that prints the chain.
Status merge_extended(YamlDocument& document, const std::filesystem::path& file);

}  // namespace unimo
