// What can become of an address: the words of outcomes.jsonl, with their meaning for people.
#pragma once

#include <string>
#include <string_view>

namespace unimo::stages {

// "ok", "placeholder" and the reasons; "http_404" and its like stand for every status code.
std::string_view meaning_of(std::string_view status);

// Another try on another day may end otherwise: time-outs, broken connections, overloaded hosts.
bool is_passing(std::string_view status);

// The host never answered: what all rows end with when the network is away.
bool is_silence(std::string_view status);

}  // namespace unimo::stages
