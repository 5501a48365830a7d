// Files of artifacts over HTTP. Only what the store recorded is served: the address names a digest
// and a path that must be a row of `artifact_files`, never a place on the disk.
#pragma once

#include <string>

#include "web/http.h"
#include "web/store_pool.h"

namespace unimo::web {

enum class FileUse { kImage, kDownload, kReport };

// `offset` and `size` ask for a part of the file, as for a picture of a tar file.
// Pictures are recognised by their bytes and shown; plain text is shown when asked with `view=1`; a
// report's HTML is shown without scripts; everything else is sent as an attachment.
Response artifact_file(StorePool& pool, const Request& request, const std::string& digest,
                       const std::string& path, FileUse use);

// "image/jpeg" and so on by the first bytes; empty when they are no picture that browsers show.
std::string image_type(std::string_view bytes);

}  // namespace unimo::web
