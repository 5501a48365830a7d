#include "stages/fetch/outcomes.h"

#include <algorithm>
#include <charconv>
#include <fstream>

#include "orchestrator/base/file.h"
#include "stages/fetch/numbered.h"
#include "stages/fetch/statuses.h"
#include "stages/ingest/text/text_check.h"

namespace unimo::stages {

namespace {

constexpr std::size_t kSortBytes = 32 << 20;  // of each of at most three sorts at a time
constexpr std::int64_t kProgressRows = 1000;

// The first eight bytes of the sum.
std::uint64_t key_of(std::string_view sha256) {
  std::uint64_t key = 0;
  std::from_chars(sha256.data(), sha256.data() + 16, key, 16);
  return key;
}

}  // namespace

Outcomes::Outcomes(const std::filesystem::path& temporary) : by_row_(temporary, kSortBytes) {}

Result<Outcomes> Outcomes::gather(RowPlan& plan, const Journal& journal,
                                  std::int64_t placeholder_limit,
                                  const std::filesystem::path& temporary) {
  Outcomes outcomes(temporary);
  outcomes.counts_ = plan.bad();
  outcomes.rows_ = plan.rows();
  {
    SpillSort by_sum(temporary, kSortBytes);
    UNIMO_TRY(outcomes.join(plan, journal, temporary, by_sum));
    UNIMO_TRY(outcomes.group(by_sum, placeholder_limit));
  }
  UNIMO_TRY(outcomes.by_row_.sort());
  return outcomes;
}

// Gives each row that repeats an address what became of that address.
Status Outcomes::join(RowPlan& plan, const Journal& journal, const std::filesystem::path& temporary,
                      SpillSort& by_sum) {
  SpillSort results(temporary, kSortBytes);
  UNIMO_TRY(journal.visit([&](const JournalEntry& entry) {
    return results.add(static_cast<std::uint64_t>(entry.row), format_entry(entry));
  }));
  UNIMO_TRY(results.sort());
  SpillSort repeats = plan.take_repeats();
  const SpillSort::Item* repeat = UNIMO_TRY(repeats.next());
  while (const SpillSort::Item* result = UNIMO_TRY(results.next())) {
    const JournalEntry entry = UNIMO_TRY(parse_entry(result->payload));
    UNIMO_TRY(add(entry.row, true, entry, by_sum));
    for (; repeat != nullptr && repeat->key == result->key; repeat = UNIMO_TRY(repeats.next())) {
      std::string_view payload = repeat->payload;
      UNIMO_TRY(add(take_number(payload), false, entry, by_sum));
    }
  }
  return by_sum.sort();
}

Status Outcomes::add(std::int64_t row, bool new_address, const JournalEntry& entry,
                     SpillSort& by_sum) {
  const std::string line = format_entry(entry);
  if (entry.status != "ok") {
    ++counts_[entry.status];
    return by_row_.add(static_cast<std::uint64_t>(row), numbered(row, line));
  }
  return by_sum.add(key_of(entry.sha256), numbered(row, numbered(new_address ? 1 : 0, line)));
}

// Rows with one picture come one after the other, the first row first: `join` goes by rows, and an
// address stands before its repeats.
Status Outcomes::group(SpillSort& by_sum, std::int64_t placeholder_limit) {
  struct Group {
    std::string sha256;
    std::int64_t first_row = 0, rows = 0, addresses = 0;
  };
  std::vector<Group> groups;  // of one key: one, unless sums begin alike
  std::uint64_t key = 0;
  const auto close = [&] {
    for (const Group& group : groups) {
      const bool placeholder = group.addresses > placeholder_limit;
      counts_[placeholder ? "placeholder" : "ok"] += group.rows;
      if (group.rows > 1)
        shared_.push_back({.first_row = group.first_row, .placeholder = placeholder});
    }
    groups.clear();
  };
  while (const SpillSort::Item* item = UNIMO_TRY(by_sum.next())) {
    if (item->key != key) close();
    key = item->key;
    std::string_view payload = item->payload;
    const std::int64_t row = take_number(payload);
    const std::int64_t new_addresses = take_number(payload);
    const JournalEntry entry = UNIMO_TRY(parse_entry(payload));
    auto found = std::find_if(groups.begin(), groups.end(),
                              [&](const Group& group) { return group.sha256 == entry.sha256; });
    if (found == groups.end())
      found = groups.insert(found, {.sha256 = entry.sha256, .first_row = row});
    ++found->rows;
    found->addresses += new_addresses;
    UNIMO_TRY(by_row_.add(static_cast<std::uint64_t>(row), numbered(found->first_row, payload)));
  }
  close();
  std::sort(shared_.begin(), shared_.end(),
            [](const Shared& a, const Shared& b) { return a.first_row < b.first_row; });
  return ok();
}

Outcomes::Shared* Outcomes::shared(std::int64_t first_row) {
  const auto found =
      std::lower_bound(shared_.begin(), shared_.end(), first_row,
                       [](const Shared& each, std::int64_t row) { return each.first_row < row; });
  return found == shared_.end() || found->first_row != first_row ? nullptr : &*found;
}

double Outcomes::bad_share() const {
  const auto good = counts_.find("ok");
  const std::int64_t bad = rows_ - (good == counts_.end() ? 0 : good->second);
  return rows_ == 0 ? 1 : static_cast<double>(bad) / static_cast<double>(rows_);
}

Status Outcomes::write(const RowPlan& plan, const Journal& journal,
                       const std::filesystem::path& folder,
                       const std::function<Status(std::int64_t rows)>& progress) {
  ImageTarWriter pictures(folder);
  const auto path = folder / "outcomes.jsonl";
  std::ofstream file(path, std::ios::binary);
  const auto write_row = [&](PlannedRow& planned) -> Status {
    file << UNIMO_TRY(outcome(planned, journal, pictures)) << '\n';
    if (!file) return fail(ErrorCode::kIo, "{}: cannot write; is the disk full?", path.string());
    if ((planned.row + 1) % kProgressRows != 0) return ok();
    return progress(planned.row + 1);
  };
  UNIMO_TRY(plan.visit(write_row));
  UNIMO_TRY(pictures.finish());
  file.close();
  if (!file) return fail(ErrorCode::kIo, "{}: cannot write; is the disk full?", path.string());
  UNIMO_TRY(write_json(folder / "statistics.json", statistics(plan)));
  return write_file(folder / "outcomes.md", table());
}

Result<std::string> Outcomes::outcome(const PlannedRow& planned, const Journal& journal,
                                      ImageTarWriter& pictures) {
  Json line = {{"row", planned.row}, {"url", with_replacements(planned.text)}};
  if (!planned.address) {
    line["status"] = planned.status;
    return line.dump();
  }
  const SpillSort::Item* item = UNIMO_TRY(by_row_.next());
  if (item == nullptr || item->key != static_cast<std::uint64_t>(planned.row)) {
    return fail(ErrorCode::kIntegrity, "row {} was never fetched: did the lists change meanwhile?",
                planned.row);
  }
  std::string_view payload = item->payload;
  const std::int64_t first_row = take_number(payload);
  const JournalEntry entry = UNIMO_TRY(parse_entry(payload));
  line["status"] = entry.status;
  line["tries"] = entry.tries;
  if (entry.status == "ok") UNIMO_TRY(fill(line, first_row, entry, journal, pictures));
  return line.dump();
}

// The picture's own part of the line; stores it when the row is the first that has it.
Status Outcomes::fill(Json& line, std::int64_t first_row, const JournalEntry& entry,
                      const Journal& journal, ImageTarWriter& pictures) {
  Shared* other_rows = shared(first_row);
  if (other_rows != nullptr && other_rows->placeholder) line["status"] = "placeholder";
  line["sha256"] = entry.sha256;
  line["width"] = entry.width;
  line["height"] = entry.height;
  line["size"] = entry.size;
  if (line["row"] != first_row) {
    UNIMO_CHECK(other_rows != nullptr, "row {} has no picture", first_row);
    line["file"] = tars_[other_rows->tar];
    line["offset"] = other_rows->offset;
    return ok();
  }
  const std::string bytes = UNIMO_TRY(journal.read(entry));
  const TarPlace place = UNIMO_TRY(pictures.add_picture(bytes, entry.ending));
  if (tars_.empty() || tars_.back() != place.file) tars_.push_back(place.file);
  line["file"] = place.file;
  line["offset"] = place.offset;
  if (other_rows != nullptr) {
    other_rows->tar = static_cast<std::uint32_t>(tars_.size() - 1);
    other_rows->offset = place.offset;
  }
  ++pictures_;
  bytes_ += entry.size;
  return pictures.add_record(line.dump());
}

Json Outcomes::statistics(const RowPlan& plan) const {
  return {{"format", "unimo.outcomes"},
          {"version", 1},
          {"rows", rows_},
          {"rows_of_lists", plan.rows_of_lists()},
          {"addresses", plan.addresses()},
          {"outcomes", counts_},
          {"pictures", pictures_},
          {"bytes", bytes_}};
}

std::string Outcomes::table() const {
  std::vector<std::pair<std::string, std::int64_t>> lines(counts_.begin(), counts_.end());
  std::stable_sort(lines.begin(), lines.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text = "| outcome | rows | share | meaning |\n| --- | ---: | ---: | --- |\n";
  for (const auto& [status, count] : lines) {
    text += fmt::format("| `{}` | {} | {:.2f} % | {} |\n", status, count,
                        100.0 * static_cast<double>(count) / static_cast<double>(rows_),
                        meaning_of(status));
  }
  return text + fmt::format("\n{} rows; {} different pictures of {} bytes kept.\n", rows_,
                            pictures_, bytes_);
}

}  // namespace unimo::stages
