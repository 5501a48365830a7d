// Rows of feature files; the first byte chooses the format: lines between tabs (three), UNIMO's
// records (two), VinVL's labels with sizes, Oscar's features. A row that was accepted is whole, and
// written and read again it is the same.
#include <cstdlib>

#include "stages/region_files/json_rows.h"
#include "stages/region_files/region_boxes.h"
#include "stages/region_files/tsv_rows.h"
#include "stages/region_files/unimo_rows.h"
#include "tests/fuzz/fuzz_choice.h"
#include "tests/fuzz/fuzz_file.h"

namespace {

using namespace unimo::stages;  // NOLINT: one small file

// Good rows go into the picture, whatever they say.
void look(const ParsedRow& parsed) {
  if (!parsed.good()) return;
  if (!check_row(parsed.row) || parsed.row.id.empty()) std::abort();
  BoxCounts counts;
  const auto boxes = boxes_in_picture(parsed.row, counts);
  for (const float corner : boxes) {
    if (!(corner >= 0 && corner <= 1)) std::abort();
  }
  (void)size_fit(parsed.row);
}

template <class Parse, class Format>
void there_and_back(std::string_view line, Parse parse, Format format) {
  const ParsedRow parsed = parse(line);
  look(parsed);
  if (!parsed.good()) return;
  const auto written = format(parsed.row);
  if (!written) return;  // what the format cannot say: no regions, no classes
  const ParsedRow again = parse(*written);
  if (!again.good() || again.row != parsed.row) std::abort();
}

void tsv(RegionFormat format, std::string_view line) {
  there_and_back(
      line, [&](std::string_view text) { return parse_tsv_row(format, text); },
      [&](const RegionRow& row) { return format_tsv_row(format, row); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned choice = fuzz_choice(data, size, 7);
  const std::string_view text = fuzz_text(data, size);
  switch (choice) {
    case 0: tsv(RegionFormat::kAnderson, text); break;
    case 1: tsv(RegionFormat::kLxmert, text); break;
    case 2: tsv(RegionFormat::kUnimo, text); break;
    case 3:
      there_and_back(
          text,
          [](std::string_view line) { return parse_unimo_row(RegionFormat::kUnimoCaption, line); },
          format_unimo_row);
      break;
    case 4: look(parse_unimo_row(RegionFormat::kUnimoEntailment, text)); break;
    case 5: {
      const auto [line, sizes] = fuzz_two_texts(text);
      there_and_back(
          line, [sizes = sizes](std::string_view one) { return parse_vinvl_row(one, sizes); },
          [](const RegionRow& row) { return format_vinvl_row(row, {}); });
      break;
    }
    default: there_and_back(text, parse_oscar_row, format_oscar_row);
  }
  return 0;
}
