#include "stages/ingest/benchmarks/vqa.h"

#include <optional>

#include "stages/ingest/corpora/coco.h"
#include "stages/ingest/corpora/karpathy.h"
#include "stages/ingest/json_values.h"
#include "stages/ingest/packed.h"
#include "stages/ingest/stream/json_stream.h"
#include "stages/ingest/text/text_check.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

// Of a packed part.
enum Kind : std::int64_t { kQuestion, kAnnotation, kPair };

constexpr std::size_t kShownBytes = 60;
constexpr std::size_t kPeople = 10;  // answered each question

// "train2014" of "v2_OpenEnded_mscoco_train2014_questions.json"; test-dev2015 is a part of
// test2015.
std::string coco_part(const fs::path& path) {
  if (path.filename().string().find("test-dev2015") != std::string::npos) return "test2015";
  const CocoOfficial* part = coco_official(path);
  return part == nullptr ? std::string() : std::string(part->part);
}

Result<std::string> split_of(const fs::path& path) {
  std::string split = split_of_file_name(path);
  if (!split.empty()) return split;
  return fail(ErrorCode::kInvalid,
              "{}: its name tells no split; call it like v2_mscoco_train2014_annotations.json",
              path.string());
}

}  // namespace

// Everything that the files say of one question.
struct VqaCorpus::Group {
  std::int64_t id = 0, order = 0;
  std::string source, split, part, question;  // source is empty when there is no question
  std::int64_t image = -1;
  std::string annotation;  // its source, empty when there is none
  std::int64_t annotated_image = -1;
  std::string majority, question_type, answer_type;
  std::vector<std::string> answers;
  std::vector<std::int64_t> pairs;
  std::string pair_source;
};

VqaCorpus::VqaCorpus(const fs::path& folder, Quarantine& quarantine)
    : quarantine_(quarantine), parts_(folder) {}

std::int64_t VqaCorpus::open(const fs::path& path) {
  files_.push_back({path.filename().string(), ""});
  return static_cast<std::int64_t>(files_.size()) - 1;
}

std::string VqaCorpus::source_of(std::int64_t file, std::int64_t index) const {
  const File& from = files_[static_cast<std::size_t>(file)];
  return fmt::format("{} {}[{}]", from.name, from.list, index);
}

Status VqaCorpus::read_questions(const fs::path& path) {
  const std::string split = UNIMO_TRY(split_of(path));
  const std::string part = coco_part(path);
  const std::int64_t file = open(path);
  files_.back().list = "questions";
  bool any = false;
  UNIMO_TRY(stream_json_views(path, {}, [&](const JsonPlace& at, JsonView item) -> Status {
    if (at.section != "questions") return ok();
    any = true;
    return read_question(file, static_cast<std::int64_t>(at.index), split, part, item);
  }));
  if (any) return ok();
  return fail(ErrorCode::kInvalid, "{}: no list \"questions\"; is this the right file?",
              path.string());
}

Status VqaCorpus::read_question(std::int64_t file, std::int64_t index, const std::string& split,
                                const std::string& part, JsonView item) {
  const auto id = whole_at(item, "question_id");
  const auto image = whole_at(item, "image_id");
  const std::string question = tidy_blanks(text_at(item, "question").value_or(""));
  const bool numbered = id && image && *id >= 0 && *image >= 0;
  if (!numbered || !has_word(question) || has_replacement(question)) {
    quarantine_.saw(Item::kExample);
    quarantine_.add(Item::kExample,
                    {source_of(file, index), shown_at(item, "question_id"),
                     numbered && has_word(question) ? "invalid_utf8" : "malformed_question",
                     unlike("whole numbers question_id and image_id and a text question", item)});
    return ok();
  }
  Packer packer;
  packer.whole(kQuestion).whole(file).whole(index).whole(order_++).whole(*image);
  packer.text(split).text(part).text(question);
  return parts_.add(static_cast<std::uint64_t>(*id), packer.take());
}

Status VqaCorpus::read_annotations(const fs::path& path) {
  const std::string split = UNIMO_TRY(split_of(path));
  annotated_.insert(split);
  const std::int64_t file = open(path);
  files_.back().list = "annotations";
  bool any = false;
  UNIMO_TRY(stream_json_views(path, {}, [&](const JsonPlace& at, JsonView item) -> Status {
    if (at.section != "annotations") return ok();
    any = true;
    return read_annotation(file, static_cast<std::int64_t>(at.index), item);
  }));
  if (any) return ok();
  return fail(ErrorCode::kInvalid, "{}: no list \"annotations\"; is this the right file?",
              path.string());
}

Status VqaCorpus::read_annotation(std::int64_t file, std::int64_t index, JsonView item) {
  const auto id = whole_at(item, "question_id");
  const auto image = whole_at(item, "image_id");
  const auto majority = text_at(item, "multiple_choice_answer");
  const JsonView list = item["answers"];
  Packer packer;
  std::size_t count = 0;
  if (id && *id >= 0 && image && majority) {
    packer.whole(kAnnotation).whole(file).whole(index).whole(*image).text(*majority);
    packer.text(text_at(item, "question_type").value_or(""));
    packer.text(text_at(item, "answer_type").value_or(""));
    for (const JsonView answer : list.items()) {
      const auto text = text_at(answer, "answer");
      if (!text) break;
      packer.text(*text);
      ++count;
    }
  }
  if (count == 0 || count != list.size()) {
    quarantine_.saw(Item::kExample);
    quarantine_.add(
        Item::kExample,
        {source_of(file, index), shown_at(item, "question_id"), "malformed_annotation",
         unlike("question_id, image_id, multiple_choice_answer and answers with texts", item)});
    return ok();
  }
  if (count != kPeople) ++not_ten_;
  return parts_.add(static_cast<std::uint64_t>(*id), packer.take());
}

Status VqaCorpus::read_pairs(const fs::path& path) {
  const std::int64_t file = open(path);
  bool any = false;
  const auto visit = [&](const JsonPlace& at, JsonView item) -> Status {
    const auto number = static_cast<std::int64_t>(at.index);
    std::vector<std::int64_t> ids;
    for (const JsonView id : item.items()) {
      if (const auto whole = id.whole(); whole && *whole >= 0) ids.push_back(*whole);
    }
    if (item.size() != 2 || ids.size() != 2) {
      quarantine_.saw(Item::kExample);
      quarantine_.add(Item::kExample, {source_of(file, number), "", "malformed_pair",
                                       "must be two question ids, is " + item.dump(kShownBytes)});
      return ok();
    }
    for (std::size_t i = 0; i < 2; ++i) {
      Packer packer;
      packer.whole(kPair).whole(file).whole(number).whole(ids[1 - i]);
      UNIMO_TRY(parts_.add(static_cast<std::uint64_t>(ids[i]), packer.take()));
    }
    any = true;
    return ok();
  };
  UNIMO_TRY(stream_json_views(path, {}, visit));
  if (any) return ok();
  return fail(ErrorCode::kInvalid,
              "{}: no pairs; it should be a list of pairs of question ids, as in "
              "v2_mscoco_train2014_complementary_pairs.json",
              path.string());
}

void VqaCorpus::unpack(std::span<const std::string> parts, Group& group) {
  for (const std::string& part : parts) {
    PackedReader values(part);
    const std::int64_t kind = values.whole();
    const std::int64_t file = values.whole();
    const std::string source = source_of(file, values.whole());
    if (kind == kPair) {
      group.pairs.push_back(values.whole());
      group.pair_source = source;
      continue;
    }
    const bool again = kind == kQuestion ? !group.source.empty() : !group.annotation.empty();
    if (again) {
      quarantine_.saw(Item::kExample);
      quarantine_.add(Item::kExample,
                      {source, std::to_string(group.id),
                       kind == kQuestion ? "duplicate_question" : "duplicate_annotation",
                       "this id stood before; the first counts"});
    } else if (kind == kQuestion) {
      group.source = source;
      group.order = values.whole();
      group.image = values.whole();
      group.split = values.text();
      group.part = values.text();
      group.question = values.text();
    } else {
      group.annotation = source;
      group.annotated_image = values.whole();
      group.majority = values.text();
      group.question_type = values.text();
      group.answer_type = values.text();
      while (!values.done()) group.answers.push_back(values.text());
    }
  }
}

bool VqaCorpus::is_usable(const Group& group) {
  const auto refuse = [&](const std::string& source, const char* reason, std::string detail) {
    quarantine_.saw(Item::kExample);
    quarantine_.add(Item::kExample, {source, std::to_string(group.id), reason, std::move(detail)});
    return false;
  };
  if (group.source.empty()) {
    const bool annotated = !group.annotation.empty();
    return refuse(annotated ? group.annotation : group.pair_source, "unknown_question",
                  "no questions file has this question_id");
  }
  if (group.annotation.empty()) {
    return !annotated_.contains(group.split) ||
           refuse(group.source, "no_annotation",
                  "the annotations of split " + group.split + " do not have this question");
  }
  return group.image == group.annotated_image ||
         refuse(group.annotation, "image_mismatch",
                fmt::format("is about picture {}, its question about {}", group.annotated_image,
                            group.image));
}

Status VqaCorpus::resolve(PictureExamples& examples, AnswerCounts& answers) {
  return parts_.visit([&](std::uint64_t key, std::span<const std::string> parts) -> Status {
    Group group{.id = static_cast<std::int64_t>(key)};
    unpack(parts, group);
    if (!is_usable(group)) return ok();
    PictureExample item{.source = group.source, .number = group.image};
    item.file_name = group.part.empty()
                         ? fmt::format("{:012}.jpg", group.image)
                         : fmt::format("COCO_{}_{:012}.jpg", group.part, group.image);
    ExampleRecord& example = item.example;
    example.id = std::to_string(group.id);
    example.split = group.split;
    example.image = std::to_string(group.image);
    example.parts["question"] = group.question;
    if (!group.annotation.empty()) {
      example.targets = {group.majority};
      example.extra["answers"] = group.answers;
      example.extra["question_type"] = group.question_type;
      example.extra["answer_type"] = group.answer_type;
      UNIMO_TRY(answers.add(group.majority));
    }
    if (!group.pairs.empty()) example.extra["complements"] = group.pairs;
    return examples.add(static_cast<std::uint64_t>(group.order), item);
  });
}

}  // namespace unimo::stages
