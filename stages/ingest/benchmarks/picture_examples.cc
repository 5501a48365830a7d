#include "stages/ingest/benchmarks/picture_examples.h"

#include "orchestrator/stage/stage.h"
#include "stages/ingest/corpora/picture_stage.h"
#include "stages/ingest/packed.h"
#include "stages/ingest/stream/json_stream.h"

namespace unimo::stages {

PictureExamples::PictureExamples(StageContext& context, Quarantine& quarantine)
    : context_(context),
      quarantine_(quarantine),
      examples_(context.output()),
      pictures_(context.output()) {}

Status PictureExamples::add(std::uint64_t order, const PictureExample& item) {
  UNIMO_TRY(examples_.add(order, item.source, item.example));
  if (!context_.has_input("images")) return ok();
  Packer packer;
  packer.text(item.source).text(item.example.image).text(item.example.split);
  packer.text(item.file_name).whole(item.number).whole(static_cast<std::int64_t>(order));
  return pictures_.add(key_of(item.example.image), packer.take());
}

// Pictures in the order of their first examples.
Status PictureExamples::write_pictures_of_examples(const PictureIngest& params,
                                                   RecordsWriter& writer) {
  const ImageFiles files = UNIMO_TRY(ImageFiles::scan(context_.inputs("images")));
  PictureQueue queue(context_.output());
  UNIMO_TRY(pictures_.visit([&](std::uint64_t, std::span<const std::string> mentions) -> Status {
    PackedReader values(mentions.front());
    PendingImage image{.source = values.text()};
    image.id = values.text();
    image.split = values.text();
    image.stands_alone = true;
    const std::string name = values.text();
    const std::int64_t number = values.whole();
    const auto order = static_cast<std::uint64_t>(values.whole());
    const auto found = files.find(name, number);
    if (found.path.empty()) {
      quarantine_.saw(Item::kImage);
      quarantine_.add(Item::kImage,
                      {image.source, image.id, found.missing() ? "missing_file" : "ambiguous_file",
                       found.missing() ? name + " is in none of the picture folders"
                                       : name + " could be " + found.other});
      return ok();
    }
    image.path = found.path;
    return queue.add(order, image);
  }));
  return write_pictures(context_, params, files, queue, writer, quarantine_);
}

Result<IdTable> PictureExamples::ids_of_records() const {
  IdTable ids;
  for (const InputItem& item : context_.inputs("records")) {
    const auto path = item.path / "images.jsonl";
    UNIMO_TRY(stream_json_lines(path, {}, [&](const JsonPlace& at, JsonView image) -> Status {
      const auto id = image["id"].text();
      if (!id) {
        return fail(ErrorCode::kInvalid, "{}:{}: a picture without an id; give records artifacts",
                    path.string(), at.line);
      }
      ids.insert(*id);
      return ok();
    }));
  }
  return ids;
}

Status PictureExamples::write(const PictureIngest& params, std::int64_t max_examples,
                              RecordsWriter& writer,
                              const std::function<Status(ExampleRecord& example)>& finish) {
  const bool own = context_.has_input("images");
  const bool others = context_.has_input("records");
  if (own) UNIMO_TRY(write_pictures_of_examples(params, writer));
  const IdTable elsewhere = UNIMO_TRY(ids_of_records());
  std::map<std::string, std::int64_t> written;
  return examples_.visit([&](const std::string& source, ExampleRecord& example) -> Status {
    if (max_examples > 0 && written[example.split] >= max_examples) {
      writer.note("skipped.max_examples");
      return ok();
    }
    const bool there = writer.split_of_image(example.image) || elsewhere.contains(example.image);
    if (own && !there && params.max_images > 0) {
      writer.note("skipped.max_images_examples");
      return ok();
    }
    quarantine_.saw(Item::kExample);
    if ((own || others) && !there) {
      quarantine_.add(Item::kExample, {source, example.id, "image_unusable",
                                       "its picture " + example.image + " is not there"});
      return ok();
    }
    if (writer.has_example(example.id)) {
      quarantine_.add(Item::kExample, {source, example.id, "duplicate_example",
                                       "this id stood before; the first counts"});
      return ok();
    }
    UNIMO_TRY(finish(example));
    ++written[example.split];
    return writer.add_example(example);
  });
}

}  // namespace unimo::stages
