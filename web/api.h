// What the pages ask for, one function per route, as JSON. Reads the store and the files it names,
// writes nothing. All functions may be called from several threads at once.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "web/gallery.h"
#include "web/graph.h"
#include "web/http.h"
#include "web/store_pool.h"

namespace unimo::web {

// What the functions share; outlives every call.
struct Api {
  StorePool& pool;
  GraphDrawer& graphs;
  GalleryCache& galleries;
};

// /api/status: the root, the number of runs and artifacts.
Result<Json> api_status(const Api& api, const Request& request);

// /api/runs?experiment=&state=&q=&sort=&order=desc|asc&limit=&offset=, sort being one of created,
// duration, experiment, state, tasks, metric:<name>.
Result<Json> api_runs(const Api& api, const Request& request);

// /api/runs/<id>: run, source, environment, tasks with their last attempt, series, counts,
// failures.
Result<Json> api_run(const Api& api, const Request& request, const std::string& run);

// /api/runs/<id>/dag?dir=lr|tb: tasks and their inputs, laid out; by stage when there are many
// tasks.
Result<Json> api_dag(const Api& api, const Request& request, const std::string& run);

// /api/runs/<id>/log?task=&attempt=&stream=stderr|stdout|notes&offset=&limit=: bytes of a log from
// an offset; a negative offset counts from the end.
Result<Json> api_log(const Api& api, const Request& request, const std::string& run);

// /api/points?series=1,2&points=2000: histories, thinned to at most `points` each with every
// bucket's extremes.
Result<Json> api_points(const Api& api, const Request& request);

// /api/compare?a=<run>&b=<run>: parameters, metrics, cache-key parts, code and environment side by
// side.
Result<Json> api_compare(const Api& api, const Request& request);

// /api/lineage?artifact=<digest> or ?run=&task=[&metric=]: everything it was made from.
Result<Json> api_lineage(const Api& api, const Request& request);

// /api/artifacts/<digest>: its files, who made it, who used it.
Result<Json> api_artifact(const Api& api, const Request& request, const std::string& digest);

// /api/gallery: tasks that have pictures; ?artifact=&run=&split=&q=&regions=&offset=&limit=: the
// pictures, with the regions of the task `regions` (one of the answer's `region_tasks`).
Result<Json> api_gallery(const Api& api, const Request& request);

// /api/samples?artifact=&of=documents|examples|texts&offset=&limit=: its first records of text,
// each text cut to what is read at one look; `of` what it has first, when it is not given.
Result<Json> api_samples(const Api& api, const Request& request);

// /api/rewrites?artifact=&run=&offset=&limit=: rewritten captions with their pictures, their graphs
// drawn, the rewrites of both levels, and the nearest pictures and captions that the run knows.
Result<Json> api_rewrites(const Api& api, const Request& request);

// /api/reports: the report artifacts, newest first.
Result<Json> api_reports(const Api& api, const Request& request);

// The latest value of a metric or its text when it is not a finite number.
Json metric_value(const std::optional<double>& value);

// JSON text of the store as a document; null when it cannot be read.
Json stored_json(const std::string& text);

// "https://host/owner/name/commit/<id>" for remotes known to have such pages; empty otherwise.
std::string commit_link(const std::string& remote, const std::string& commit);

// The task of a run, or kNotFound.
Result<std::int64_t> find_task(Database& database, const std::string& run, const std::string& task);

}  // namespace unimo::web
