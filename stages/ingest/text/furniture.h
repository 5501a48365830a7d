// What web pages have around their text: buttons, notices, invitations.
#pragma once

#include <string_view>

namespace unimo::stages {

// True for a short paragraph that says nothing of its page's subject: "Share this",
// "Advertisement", "Read more: ...", "Follow us on Twitter", "All rights reserved". Long paragraphs
// are never.
bool is_page_furniture(std::string_view paragraph);

}  // namespace unimo::stages
