// The tables of `store.db`, version 1. One process writes: whoever holds the store's lock. Readers
// open read-only and never checkpoint. Everything here can be rebuilt from `runs/` and
// `artifacts/`.
//
// Times are milliseconds since 1970, UTC. Digests are 64 hexadecimal digits. JSON columns hold
// canonical text. States of runs and tasks: see docs/formats.md.
#pragma once

#include <string_view>

namespace unimo {

constexpr int kStoreVersion = 1;

constexpr std::string_view kStoreTables = R"sql(
CREATE TABLE experiments(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL DEFAULT '');

-- State of the code: one row per distinct state.
CREATE TABLE sources(
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  repository TEXT NOT NULL,          -- top folder
  commit_id TEXT NOT NULL,           -- HEAD; empty when there is none
  branch TEXT NOT NULL,
  remote TEXT NOT NULL,
  dirty INTEGER NOT NULL,
  snapshot TEXT NOT NULL,            -- commit that keeps the working tree as it was; empty when clean
  snapshot_ref TEXT NOT NULL,        -- refs/unimo/…, which keeps it from being collected
  changes TEXT NOT NULL);            -- JSON list of {"path", "status"}

CREATE TABLE environments(
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  content TEXT NOT NULL);            -- JSON: host, cpu, gpu, compiler, libraries, variables

CREATE TABLE runs(
  id TEXT PRIMARY KEY,               -- sorts by time of creation
  experiment_id INTEGER NOT NULL REFERENCES experiments(id),
  state TEXT NOT NULL,               -- running succeeded failed interrupted
  created_ms INTEGER NOT NULL,
  finished_ms INTEGER,
  seed INTEGER NOT NULL,
  file TEXT NOT NULL,                -- experiment file, as given
  resolved TEXT NOT NULL,            -- JSON: the experiment after extends, --set and defaults
  resolved_digest TEXT NOT NULL,
  command_line TEXT NOT NULL,
  directory TEXT NOT NULL,           -- runs/<id>, relative to the root
  source_id INTEGER REFERENCES sources(id),
  environment_id INTEGER REFERENCES environments(id),
  tasks_total INTEGER NOT NULL DEFAULT 0,
  tasks_done INTEGER NOT NULL DEFAULT 0,     -- succeeded, cached ones included
  tasks_cached INTEGER NOT NULL DEFAULT 0,
  tasks_failed INTEGER NOT NULL DEFAULT 0);
CREATE INDEX runs_by_digest ON runs(resolved_digest);

CREATE TABLE tasks(
  id INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES runs(id),
  position INTEGER NOT NULL,         -- order in the plan, inputs first
  name TEXT NOT NULL,                -- finetune[task=vqa]
  stage TEXT NOT NULL,
  kind TEXT NOT NULL,
  cell TEXT NOT NULL DEFAULT '{}',   -- JSON: matrix values
  shard_index INTEGER NOT NULL DEFAULT 0,
  shard_count INTEGER NOT NULL DEFAULT 1,
  state TEXT NOT NULL,               -- pending running succeeded cached failed skipped interrupted
  params TEXT NOT NULL DEFAULT '{}', -- JSON, resolved
  key TEXT,                          -- cache key; null until the inputs are known
  reason TEXT NOT NULL DEFAULT '',   -- why it runs, or which task it was taken from
  artifact TEXT,                     -- digest of the output
  origin_task INTEGER REFERENCES tasks(id),  -- for a cached task: the one that did the work
  started_ms INTEGER,
  finished_ms INTEGER,
  progress_done INTEGER NOT NULL DEFAULT 0,
  progress_total INTEGER NOT NULL DEFAULT 0,
  progress_unit TEXT NOT NULL DEFAULT '',
  error TEXT NOT NULL DEFAULT '',
  UNIQUE(run_id, name));
CREATE INDEX tasks_by_name ON tasks(name, id);
CREATE INDEX tasks_by_key ON tasks(key);
CREATE INDEX tasks_by_name_and_kind ON tasks(name, kind);
CREATE INDEX tasks_by_kind ON tasks(kind, state);
CREATE INDEX tasks_by_artifact ON tasks(artifact);

CREATE TABLE attempts(
  id INTEGER PRIMARY KEY,
  task_id INTEGER NOT NULL REFERENCES tasks(id),
  number INTEGER NOT NULL,
  token TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL,               -- running succeeded failed lost stopped
  pid INTEGER NOT NULL,
  host TEXT NOT NULL,
  directory TEXT NOT NULL,           -- relative to the root; holds job.json, events.jsonl, stdout.log, stderr.log
  started_ms INTEGER NOT NULL,
  finished_ms INTEGER,
  exit_code INTEGER,
  signal INTEGER,
  user_s REAL,
  system_s REAL,
  max_rss_kib INTEGER,
  events_offset INTEGER NOT NULL DEFAULT 0,
  error TEXT NOT NULL DEFAULT '',
  UNIQUE(task_id, number));

CREATE TABLE artifacts(
  digest TEXT PRIMARY KEY,
  kind TEXT NOT NULL,                -- stage kind that made it first
  size_bytes INTEGER NOT NULL,
  file_count INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  present INTEGER NOT NULL DEFAULT 1);

CREATE TABLE artifact_files(
  artifact TEXT NOT NULL REFERENCES artifacts(digest),
  path TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  PRIMARY KEY(artifact, path)) WITHOUT ROWID;

CREATE TABLE task_inputs(
  task_id INTEGER NOT NULL REFERENCES tasks(id),
  name TEXT NOT NULL,
  position INTEGER NOT NULL,
  label TEXT NOT NULL,               -- "world/coco", or the raw path
  digest TEXT NOT NULL,
  artifact TEXT,                     -- the whole artifact it is part of; null for a raw path
  source_task INTEGER REFERENCES tasks(id),  -- the task of the same run that gave it; null for a raw path
  PRIMARY KEY(task_id, name, position)) WITHOUT ROWID;
CREATE INDEX inputs_by_source ON task_inputs(source_task);

-- The named parts of every cache key, so that two keys can be compared.
CREATE TABLE key_parts(
  key TEXT NOT NULL,
  part TEXT NOT NULL,                -- kind, version, params, seed, input.<name>, shard, numerics
  value TEXT NOT NULL,
  PRIMARY KEY(key, part)) WITHOUT ROWID;

CREATE TABLE cache(
  key TEXT PRIMARY KEY,
  artifact TEXT NOT NULL REFERENCES artifacts(digest),
  task_id INTEGER NOT NULL REFERENCES tasks(id),
  created_ms INTEGER NOT NULL);

-- One row per metric of a task, with its latest value; the history is in points. value is NULL for NaN.
CREATE TABLE series(
  id INTEGER PRIMARY KEY,
  task_id INTEGER NOT NULL REFERENCES tasks(id),
  name TEXT NOT NULL,
  step INTEGER NOT NULL,
  value REAL,
  minimum REAL,
  maximum REAL,
  UNIQUE(task_id, name));

CREATE TABLE points(
  series_id INTEGER NOT NULL REFERENCES series(id),
  step INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  value REAL,
  PRIMARY KEY(series_id, step)) WITHOUT ROWID;

CREATE TABLE counts(
  task_id INTEGER NOT NULL REFERENCES tasks(id),
  name TEXT NOT NULL,
  value REAL NOT NULL,
  PRIMARY KEY(task_id, name)) WITHOUT ROWID;

CREATE TABLE notes(
  id INTEGER PRIMARY KEY,
  task_id INTEGER NOT NULL REFERENCES tasks(id),
  attempt INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  level TEXT NOT NULL,
  text TEXT NOT NULL);
CREATE INDEX notes_by_task ON notes(task_id);

-- Digests of raw files, trusted while the file's stat is unchanged.
CREATE TABLE raw_files(
  path TEXT PRIMARY KEY,
  size_bytes INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  ctime_ns INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  sha256 TEXT NOT NULL) WITHOUT ROWID;
)sql";

}  // namespace unimo
