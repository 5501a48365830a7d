// Which photograph at Flickr an address names: many corpora took their pictures from there, and so
// have some in common.
#pragma once

#include <string>
#include <string_view>

namespace unimo::stages {

// "flickr:5898076654" for "https://farm3.staticflickr.com/5310/5898076654_51085e157c_o.jpg", as
// ImageRecord::same_as has it; empty for any other address.
std::string flickr_photo(std::string_view url);

}  // namespace unimo::stages
