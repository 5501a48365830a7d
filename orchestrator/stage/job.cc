#include "orchestrator/stage/job.h"

#include "orchestrator/base/file.h"

namespace unimo {

namespace {

constexpr int kFormat = 1;

Json input_to_json(const InputItem& item) {
  return Json{{"path", item.path.string()},
              {"digest", item.digest},
              {"label", item.label},
              {"cell", item.cell}};
}

}  // namespace

Result<Job> read_job(const std::filesystem::path& path) {
  const Json document = UNIMO_TRY(read_json(path));
  try {
    if (document.at("format") != kFormat) {
      return fail(ErrorCode::kInvalid, "{}: job format {} is not {}; use programs of one version",
                  path.string(), document.at("format").dump(), kFormat);
    }
    Job job;
    job.run = document.at("run");
    job.task = document.at("task");
    job.kind = document.at("kind");
    job.attempt = document.at("attempt");
    job.token = document.at("token");
    job.seed = document.at("seed");
    job.params = document.at("params");
    for (const auto& [name, items] : document.at("inputs").items()) {
      auto& list = job.inputs[name];
      for (const Json& item : items) {
        list.push_back({item.at("path").get<std::string>(), item.at("digest"), item.at("label"),
                        item.at("cell")});
      }
    }
    job.output = document.at("output").get<std::string>();
    job.resume = document.at("resume").get<std::string>();
    job.events = document.at("events").get<std::string>();
    job.shard_index = document.at("shard").at("index");
    job.shard_count = document.at("shard").at("count");
    job.resources = UNIMO_TRY(read_fields<Resources>(document.at("resources"), path.string()));
    job.gpu_ids = document.at("gpu_ids").get<std::vector<int>>();
    job.file = path;
    return job;
  } catch (const Json::exception& error) {
    return fail(ErrorCode::kInvalid, "{}: not a job: {}", path.string(), error.what());
  }
}

Status write_job(const std::filesystem::path& path, const Job& job) {
  Json inputs = Json::object();
  for (const auto& [name, items] : job.inputs) {
    Json list = Json::array();
    for (const InputItem& item : items) list.push_back(input_to_json(item));
    inputs[name] = std::move(list);
  }
  // Not synced: after a crash the job is written anew.
  const Json document{{"format", kFormat},
                      {"run", job.run},
                      {"task", job.task},
                      {"kind", job.kind},
                      {"attempt", job.attempt},
                      {"token", job.token},
                      {"seed", job.seed},
                      {"params", job.params},
                      {"inputs", inputs},
                      {"output", job.output.string()},
                      {"resume", job.resume.string()},
                      {"events", job.events.string()},
                      {"shard", {{"index", job.shard_index}, {"count", job.shard_count}}},
                      {"resources", write_fields(job.resources)},
                      {"gpu_ids", job.gpu_ids}};
  return write_file(path, document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace unimo
