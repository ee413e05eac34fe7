-- The twin of /schema.sql for the embedded database: same tables, columns and keys. Times are UTC text with milliseconds.

CREATE TABLE IF NOT EXISTS queued_job (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  organization_id INTEGER NULL,
  http_method TEXT NOT NULL,
  url TEXT NOT NULL,
  body TEXT NULL,
  timeout_secs INTEGER NOT NULL DEFAULT 60,
  last_started_at TEXT NULL,
  last_finished_at TEXT NULL,
  last_response TEXT NULL,
  result_code INTEGER NULL,
  remaining_retries INTEGER NOT NULL DEFAULT 5,
  retry_delay_secs INTEGER NOT NULL DEFAULT 60,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')),
  run_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')),
  priority INTEGER NOT NULL DEFAULT 0,
  headers TEXT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  claimed_by INTEGER NULL,
  kill_requested_at TEXT NULL,
  kill_requested_by TEXT NULL,
  max_retries INTEGER NULL,
  rescues INTEGER NOT NULL DEFAULT 0,
  last_status_code INTEGER NULL,
  last_error TEXT NULL,
  requeued_from INTEGER NULL,
  state TEXT GENERATED ALWAYS AS (
    CASE
      WHEN claimed_by IS NOT NULL THEN 'running'
      WHEN result_code IS NULL THEN 'pending'
      WHEN result_code = 2 AND remaining_retries > 0 THEN 'pending'
      WHEN result_code = 0 THEN 'succeeded'
      WHEN result_code = 3 THEN 'killed'
      ELSE 'failed'
    END
  ) VIRTUAL,
  host TEXT GENERATED ALWAYS AS (
    __HOST__
  ) VIRTUAL
);
CREATE INDEX IF NOT EXISTS claim ON queued_job (state, priority, run_at, id);
CREATE INDEX IF NOT EXISTS due ON queued_job (state, run_at);
CREATE INDEX IF NOT EXISTS host ON queued_job (state, host, priority, run_at, id);
CREATE INDEX IF NOT EXISTS finished ON queued_job (state, last_finished_at, id);
CREATE INDEX IF NOT EXISTS claimed_by ON queued_job (claimed_by);

CREATE TABLE IF NOT EXISTS queued_job_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id INTEGER NOT NULL,
  msg TEXT NOT NULL,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')),
  attempt INTEGER NULL,
  event TEXT NULL,
  status_code INTEGER NULL,
  duration_ms INTEGER NULL,
  processor TEXT NULL,
  actor TEXT NULL
);
CREATE INDEX IF NOT EXISTS job ON queued_job_log (job_id, id);

CREATE TABLE IF NOT EXISTS queued_job_processor (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  started_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')),
  heartbeat_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')),
  concurrency INTEGER NOT NULL,
  running INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL,
  wanted TEXT NOT NULL DEFAULT 'run'
);

CREATE TABLE IF NOT EXISTS queued_job_hold (
  host TEXT PRIMARY KEY NOT NULL,
  who TEXT NOT NULL,
  why TEXT NOT NULL DEFAULT '',
  since TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now'))
);

CREATE TABLE IF NOT EXISTS queued_job_stats (
  minute TEXT NOT NULL,
  processor_id INTEGER NOT NULL,
  succeeded INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  retried INTEGER NOT NULL DEFAULT 0,
  killed INTEGER NOT NULL DEFAULT 0,
  duration_ms_sum INTEGER NOT NULL DEFAULT 0,
  duration_ms_max INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (minute, processor_id)
);

CREATE TABLE IF NOT EXISTS queued_job_meta (
  name TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
);

INSERT OR IGNORE INTO queued_job_meta (name, value) VALUES
  ('schema_version', '1'),
  ('database_uuid', lower(
    hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a'
    || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))));
