#include "stages/schema/fetch.h"
#include "stages/schema/tables.h"

namespace unimo::stages {

std::vector<StageSchema> fetch_schemas() {
  auto images = schema_for<FetchImages>(
      "fetch.images", "lists of addresses to pictures and what became of each address");
  images.inputs = {
      {"lists", true, true, "caption TSV, OpenImages CSV, SBU lines or JSON, or folders of them"},
      {"mirror", false, false,
       "a folder served on this machine instead of all hosts: the mini-world's web"}};
  images.resources = {.cores = 2, .memory_mb = 1000};
  return {images};
}

}  // namespace unimo::stages
