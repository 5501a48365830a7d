#include "trainer/loop/mean_log.h"

#include <algorithm>
#include <tuple>

#include "trainer/data/bytes.h"

namespace unimo::trainer {

std::string MeanLog::take_bytes() {
  RecordWriter writer;
  writer.u32(static_cast<std::uint32_t>(entries_.size()));
  for (const Entry& entry : entries_) {
    writer.number(entry.step);
    writer.number(entry.index);
    writer.text(entry.mean.name);
    writer.number(entry.mean.sum);
    writer.number(entry.mean.weight);
  }
  entries_.clear();
  const auto bytes = writer.bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Status MeanLog::add_bytes(std::string_view bytes) {
  RecordReader reader(std::as_bytes(std::span(bytes.data(), bytes.size())));
  const std::uint32_t count = reader.u32();
  for (std::uint32_t i = 0; i < count && !reader.overrun(); ++i) {
    Entry entry;
    entry.step = reader.number<std::int64_t>();
    entry.index = reader.number<std::int64_t>();
    entry.mean.name = reader.text();
    entry.mean.sum = reader.number<double>();
    entry.mean.weight = reader.number<double>();
    entries_.push_back(std::move(entry));
  }
  if (reader.complete()) return ok();
  return fail(ErrorCode::kInvalid, "averages of another process: {} bytes that cannot be read",
              bytes.size());
}

void MeanWindow::add(MeanLog& log) {
  std::stable_sort(log.entries_.begin(), log.entries_.end(), [](const auto& a, const auto& b) {
    return std::tie(a.step, a.index) < std::tie(b.step, b.index);
  });
  for (const MeanLog::Entry& entry : log.entries_) {
    auto& sums = sums_[entry.mean.name];
    sums.first += entry.mean.sum;
    sums.second += entry.mean.weight;
  }
  log.entries_.clear();
}

void MeanWindow::report(MetricSink& sink, std::int64_t step) {
  for (const auto& [name, sums] : sums_) {
    if (sums.second != 0) sink.metric(name, sums.first / sums.second, step);
  }
  sums_.clear();
}

Json MeanWindow::to_json() const {
  Json json = Json::object();
  for (const auto& [name, sums] : sums_) json[name] = {sums.first, sums.second};
  return json;
}

MeanWindow MeanWindow::from_json(const Json& json) {
  MeanWindow window;
  for (const auto& [name, sums] : json.items()) {
    // A sum that is not finite is null in JSON.
    if (sums[0].is_number()) window.sums_[name] = {sums[0].get<double>(), sums[1].get<double>()};
  }
  return window;
}

}  // namespace unimo::trainer
