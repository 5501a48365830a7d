#include "stages/ingest/flickr_photo.h"

namespace unimo::stages {

std::string flickr_photo(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find('?'));
  const std::string_view host = url.substr(0, url.find('/'));
  if (!host.ends_with("flickr.com")) return {};
  const std::string_view file = url.substr(url.rfind('/') + 1);
  const auto bar = file.find('_');
  if (bar == std::string_view::npos || bar == 0) return {};
  const std::string_view number = file.substr(0, bar);
  if (number.find_first_not_of("0123456789") != std::string_view::npos) return {};
  return "flickr:" + std::string(number);
}

}  // namespace unimo::stages
