// Code points for the scorers: UTF-8 in and out, and the character classes of Java's `Character`
// and of Python's `str`, because the official programs are written in terms of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace unimo::eval {

// Bytes that are not UTF-8 become U+FFFD, one for each bad byte.
std::u32string decode_utf8(std::string_view bytes);

void append_utf8(std::string& out, char32_t code_point);
std::string encode_utf8(std::u32string_view text);

bool is_letter(char32_t c);  // general category L*
bool is_mark(char32_t c);    // general category M*
bool is_digit(char32_t c);   // general category Nd
bool is_upper(char32_t c);   // general category Lu
bool is_format(char32_t c);  // general category Cf

// Lower case in no particular language, with the two context rules of Java's String.toLowerCase:
// dotted capital I and final sigma.
std::u32string to_lower(std::u32string_view text);

// What Python's str.split() takes as white space.
bool is_python_space(char32_t c);

// What `\w` matches in a Python pattern: letters, numbers of any kind, the underscore.
bool is_python_word(char32_t c);

// Python's str.lower(): as to_lower, but a sigma looks past marks and apostrophes for its letters.
std::u32string python_lower(std::u32string_view text);

bool is_punctuation(char32_t c);  // P*
bool is_other(char32_t c);        // C*: control, format, private use, surrogate, unassigned
bool is_separator(char32_t c);    // Zs

// Canonical decomposition (NFD) without its non-spacing marks (Mn): "é" becomes "e".
std::u32string strip_accents(std::u32string_view text);

}  // namespace unimo::eval
