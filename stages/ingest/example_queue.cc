#include "stages/ingest/example_queue.h"

#include "orchestrator/stage/stage.h"
#include "stages/ingest/group_sort.h"
#include "stages/ingest/packed.h"

namespace unimo::stages {

namespace {

std::string pack(std::string_view source, const ExampleRecord& example) {
  Packer packer;
  packer.text(source).text(example.id).text(example.split).text(example.image).text(example.label);
  packer.whole(example.score ? 1 : 0).number(example.score.value_or(0));
  packer.whole(static_cast<std::int64_t>(example.parts.size()));
  for (const auto& [name, text] : example.parts) packer.text(name).text(text);
  packer.whole(static_cast<std::int64_t>(example.history.size()));
  for (const Turn& turn : example.history) packer.text(turn.question).text(turn.answer);
  packer.whole(static_cast<std::int64_t>(example.targets.size()));
  for (const std::string& target : example.targets) packer.text(target);
  return packer.text(canonical_text(example.extra)).take();
}

Result<ExampleRecord> unpack(std::string_view bytes, std::string& source) {
  PackedReader values(bytes);
  ExampleRecord example;
  source = values.text();
  example.id = values.text();
  example.split = values.text();
  example.image = values.text();
  example.label = values.text();
  const bool scored = values.whole() != 0;
  const double score = values.number();
  if (scored) example.score = score;
  for (std::int64_t left = values.whole(); left > 0; --left) {
    std::string name = values.text();
    example.parts[std::move(name)] = values.text();
  }
  for (std::int64_t left = values.whole(); left > 0; --left) {
    Turn turn;
    turn.question = values.text();
    turn.answer = values.text();
    example.history.push_back(std::move(turn));
  }
  for (std::int64_t left = values.whole(); left > 0; --left)
    example.targets.push_back(values.text());
  example.extra = UNIMO_TRY(parse_json(values.text(), source));
  return example;
}

}  // namespace

ExampleQueue::ExampleQueue(std::filesystem::path folder)
    : items_(std::move(folder), GroupSort::kBudget) {}

Status ExampleQueue::add(std::uint64_t order, std::string_view source,
                         const ExampleRecord& example) {
  return items_.add(order, pack(source, example));
}

Status ExampleQueue::visit(
    const std::function<Status(const std::string& source, ExampleRecord& example)>& visit) {
  UNIMO_TRY(items_.sort());
  std::string source;
  while (const SpillSort::Item* item = UNIMO_TRY(items_.next())) {
    if (StageContext::stop_requested())
      return fail(ErrorCode::kCancelled, "stopped while writing examples");
    ExampleRecord example = UNIMO_TRY(unpack(item->payload, source));
    UNIMO_TRY(visit(source, example));
  }
  return ok();
}

}  // namespace unimo::stages
