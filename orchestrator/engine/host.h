// The name of this machine.
#pragma once

#include <string>

namespace unimo {

std::string host_name();

}  // namespace unimo
