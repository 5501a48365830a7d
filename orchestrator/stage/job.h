// One job: everything a stage program needs to know, as `job.json`. See docs/formats.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "orchestrator/base/fields.h"
#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"

namespace unimo {

// What a task may use, granted by the scheduler.
struct Resources {
  int cores = 1;
  std::int64_t memory_mb = 1024;
  int gpus = 0;
};
template <class V>
void visit(V& v, Resources& r) {
  v.field("cores", r.cores, between(1, 4096), "processor cores");
  v.field("memory_mb", r.memory_mb, at_least(1), "main memory, MiB");
  v.field("gpus", r.gpus, between(0, 1024), "GPUs");
}

// One artifact (or a folder or file inside one, or a raw path of the user) given to a task.
struct InputItem {
  std::filesystem::path path;  // absolute
  std::string digest;          // of its files, as in hash.h tree_digest
  std::string label;  // where it came from: "regions[shard=2]", "world/coco", "/data/flickr8k"
  Json cell = Json::object();  // matrix values of the task that made it: {"task": "vqa", "seed": 1}
};

struct Job {
  std::string run;   // id of the run
  std::string task;  // name of the task: "finetune[task=vqa]"
  std::string kind;  // stage kind
  int attempt = 1;
  std::string token;  // names this attempt; in the environment as UNIMO_TOKEN
  std::uint64_t seed = 1;
  Json params = Json::object();  // resolved and complete
  std::map<std::string, std::vector<InputItem>> inputs;
  std::filesystem::path output;  // an empty folder to fill; published when the job succeeds
  std::filesystem::path
      resume;  // survives attempts of the same cache key: checkpoints go here; may not exist
  std::filesystem::path events;  // the file to append events to
  int shard_index = 0;
  int shard_count = 1;
  Resources resources;
  std::vector<int> gpu_ids;
  std::filesystem::path file;  // where it was read from; not part of it
};

Result<Job> read_job(const std::filesystem::path& path);
Status write_job(const std::filesystem::path& path, const Job& job);

}  // namespace unimo
