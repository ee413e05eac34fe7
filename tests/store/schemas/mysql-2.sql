-- sq-console: the whole schema for a new database. MySQL 8.0.13+ or MariaDB 10.6+.
--
--     mysql DB < schema.sql          (or: sq-console init)
--
-- Loading it again changes nothing. Applications need four columns and an INSERT:
--
--     INSERT INTO queued_job (http_method, url, body, timeout_secs)
--     VALUES ('post', 'http://something.example.com/somewhere', 'some post body', 120);

CREATE TABLE IF NOT EXISTS queued_job (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  organization_id BIGINT UNSIGNED NULL DEFAULT NULL,
  http_method VARCHAR(10) NOT NULL,
  url TEXT NOT NULL,
  body MEDIUMTEXT NULL,
  timeout_secs INT NOT NULL DEFAULT 60,            -- for the whole call
  last_started_at TIMESTAMP NULL DEFAULT NULL,
  last_finished_at TIMESTAMP NULL DEFAULT NULL,
  last_response TEXT NULL,
  result_code INT NULL DEFAULT NULL,               -- NULL not decided, 0 succeeded, 1 permanent failure, 2 temporary, 3 killed
  remaining_retries INT NOT NULL DEFAULT 5,        -- goes down when a retry is claimed
  retry_delay_secs INT NOT NULL DEFAULT 60,
  -- From here on every column has a default: producers need not know them.
  created_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  run_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),   -- not before
  priority SMALLINT NOT NULL DEFAULT 0,            -- smaller first
  headers JSON NULL DEFAULT NULL,                  -- {"Name": "value"}: request headers of this job
  attempts INT UNSIGNED NOT NULL DEFAULT 0,        -- claims so far; never goes down
  claimed_by BIGINT UNSIGNED NULL DEFAULT NULL,    -- queued_job_processor.id while it runs
  kill_requested_at TIMESTAMP NULL DEFAULT NULL,
  kill_requested_by VARCHAR(255) NULL DEFAULT NULL,
  max_retries INT NULL DEFAULT NULL,               -- remaining_retries at the first claim
  rescues TINYINT NOT NULL DEFAULT 0,              -- times in a row its processor died
  last_status_code SMALLINT NULL DEFAULT NULL,
  last_error VARCHAR(255) NULL DEFAULT NULL,       -- short kind: timeout, connection refused, http 500
  requeued_from BIGINT UNSIGNED NULL DEFAULT NULL, -- the row this one was made from
  set_aside_at TIMESTAMP NULL DEFAULT NULL,        -- an operator acknowledged its failure; a claim clears it
  bulk_id BIGINT UNSIGNED NULL DEFAULT NULL,       -- queued_job_bulk.id of the bulk action that changed it last
  state VARCHAR(9) CHARACTER SET ascii COLLATE ascii_bin AS (
    CASE
      WHEN claimed_by IS NOT NULL THEN 'running'
      WHEN result_code IS NULL THEN 'pending'
      WHEN result_code = 2 AND remaining_retries > 0 THEN 'pending'
      WHEN result_code = 0 THEN 'succeeded'
      WHEN result_code = 3 THEN 'killed'
      WHEN set_aside_at IS NOT NULL THEN 'set_aside'
      ELSE 'failed'
    END
  ) VIRTUAL,
  host VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin AS (
    LOWER(LEFT(SUBSTRING_INDEX(SUBSTRING_INDEX(SUBSTRING_INDEX(SUBSTRING_INDEX(
      CASE
        WHEN LOWER(LEFT(url, 7)) = 'http://' THEN SUBSTRING(url, 8)
        WHEN LOWER(LEFT(url, 8)) = 'https://' THEN SUBSTRING(url, 9)
        ELSE ''
      END, '/', 1), '?', 1), '#', 1), '@', -1), 255))
  ) VIRTUAL,
  PRIMARY KEY (id),
  KEY claim (state, priority, run_at, id),
  KEY due (state, run_at),
  KEY host (state, host, priority, run_at, id),
  KEY finished (state, last_finished_at, id),
  KEY host_finished (state, host, last_finished_at, id),
  KEY bulk (bulk_id, id),
  KEY claimed_by (claimed_by)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS queued_job_log (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  job_id BIGINT UNSIGNED NOT NULL,
  msg TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  attempt INT UNSIGNED NULL DEFAULT NULL,
  event VARCHAR(20) NULL DEFAULT NULL,
  status_code SMALLINT NULL DEFAULT NULL,
  duration_ms INT UNSIGNED NULL DEFAULT NULL,
  processor VARCHAR(255) NULL DEFAULT NULL,        -- host:pid
  actor VARCHAR(255) NULL DEFAULT NULL,            -- user@host of an operator
  PRIMARY KEY (id),
  KEY job (job_id, id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS queued_job_processor (
  id BIGINT UNSIGNED NOT NULL,                     -- random: a reused id would pass the fence
  name VARCHAR(255) NOT NULL,                      -- host:pid
  version VARCHAR(32) NOT NULL,
  started_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  heartbeat_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  concurrency INT UNSIGNED NOT NULL,
  running INT UNSIGNED NOT NULL DEFAULT 0,
  state VARCHAR(10) NOT NULL,                      -- what it does: running, paused, draining
  wanted VARCHAR(10) NOT NULL DEFAULT 'run',       -- what operators want: run, pause, drain
  PRIMARY KEY (id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS queued_job_hold (
  host VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,  -- or * for everything
  who VARCHAR(255) NOT NULL,
  why VARCHAR(255) NOT NULL DEFAULT '',
  since TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  expires_at TIMESTAMP(3) NULL DEFAULT NULL,       -- NULL: until somebody lifts it
  PRIMARY KEY (host)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS queued_job_try (        -- jobs to be called once although their host is held
  job_id BIGINT UNSIGNED NOT NULL,
  who VARCHAR(255) NOT NULL,
  since TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (job_id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS queued_job_bulk (       -- what an operator does to many jobs
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  verb VARCHAR(20) NOT NULL,                       -- retry, kill, edit, set_aside, resume
  who VARCHAR(255) NOT NULL,
  why VARCHAR(255) NOT NULL DEFAULT '',
  wanted TEXT NOT NULL,                            -- JSON: which jobs
  arguments TEXT NOT NULL,                         -- JSON: what is done to them
  per_second DOUBLE NULL DEFAULT NULL,             -- the pace of their calls; NULL: at once
  max_id BIGINT UNSIGNED NOT NULL,                 -- with created_at: younger jobs are not among them
  counted BIGINT UNSIGNED NOT NULL DEFAULT 0,
  done BIGINT UNSIGNED NOT NULL DEFAULT 0,
  refused BIGINT UNSIGNED NOT NULL DEFAULT 0,
  not_begun BIGINT UNSIGNED NULL DEFAULT NULL,     -- counted when it was stopped
  pulled_back BIGINT UNSIGNED NOT NULL DEFAULT 0,
  state VARCHAR(10) NOT NULL DEFAULT 'running',    -- running, stopped, pulling, done, failed
  position TEXT NULL,                              -- where the next batch begins
  worker VARCHAR(255) NULL DEFAULT NULL,           -- who works on it, and until when it may be taken for alive
  lease_until TIMESTAMP(3) NULL DEFAULT NULL,
  error VARCHAR(255) NULL DEFAULT NULL,
  stopped_by VARCHAR(255) NULL DEFAULT NULL,
  created_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  ended_at TIMESTAMP(3) NULL DEFAULT NULL,
  due_until TIMESTAMP(3) NULL DEFAULT NULL,        -- the last run_at it has given
  PRIMARY KEY (id),
  KEY bulk_state (state, id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS queued_job_activity (   -- what operators did: one row an action, however many jobs
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  created_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  who VARCHAR(255) NOT NULL,                       -- user@host
  action VARCHAR(20) NOT NULL,
  jobs BIGINT UNSIGNED NOT NULL DEFAULT 0,         -- how many
  job_id BIGINT UNSIGNED NULL DEFAULT NULL,        -- when it was one
  bulk_id BIGINT UNSIGNED NULL DEFAULT NULL,
  subject VARCHAR(255) NOT NULL DEFAULT '',        -- a host, a processor
  note VARCHAR(255) NOT NULL DEFAULT '',
  PRIMARY KEY (id),
  KEY activity_who (who, id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS queued_job_lost_processor (
  id BIGINT UNSIGNED NOT NULL,                     -- as in queued_job_processor, from which it was deleted
  name VARCHAR(255) NOT NULL,
  version VARCHAR(32) NOT NULL,
  started_at TIMESTAMP(3) NULL DEFAULT NULL,
  heartbeat_at TIMESTAMP(3) NULL DEFAULT NULL,     -- its last
  lost_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  concurrency INT UNSIGNED NOT NULL DEFAULT 0,
  rescued INT UNSIGNED NOT NULL DEFAULT 0,         -- jobs of it that were given back
  PRIMARY KEY (id),
  KEY processor_lost (lost_at)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS queued_job_stats (
  minute TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,  -- without a DEFAULT some servers add ON UPDATE
  processor_id BIGINT UNSIGNED NOT NULL,           -- so that recorders do not queue on one row
  succeeded INT UNSIGNED NOT NULL DEFAULT 0,
  failed INT UNSIGNED NOT NULL DEFAULT 0,
  retried INT UNSIGNED NOT NULL DEFAULT 0,         -- temporary failures
  killed INT UNSIGNED NOT NULL DEFAULT 0,
  duration_ms_sum BIGINT UNSIGNED NOT NULL DEFAULT 0,
  duration_ms_max INT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (minute, processor_id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS queued_job_host_stats ( -- the same for each host
  minute TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  host VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  processor_id BIGINT UNSIGNED NOT NULL,
  succeeded INT UNSIGNED NOT NULL DEFAULT 0,
  failed INT UNSIGNED NOT NULL DEFAULT 0,
  retried INT UNSIGNED NOT NULL DEFAULT 0,
  killed INT UNSIGNED NOT NULL DEFAULT 0,
  duration_ms_sum BIGINT UNSIGNED NOT NULL DEFAULT 0,
  duration_ms_max INT UNSIGNED NOT NULL DEFAULT 0,
  within_30_ms INT UNSIGNED NOT NULL DEFAULT 0,    -- calls by duration, each counted once: from these a median
  within_100_ms INT UNSIGNED NOT NULL DEFAULT 0,
  within_300_ms INT UNSIGNED NOT NULL DEFAULT 0,
  within_1_s INT UNSIGNED NOT NULL DEFAULT 0,
  within_3_s INT UNSIGNED NOT NULL DEFAULT 0,
  within_10_s INT UNSIGNED NOT NULL DEFAULT 0,
  within_30_s INT UNSIGNED NOT NULL DEFAULT 0,     -- the rest took longer
  PRIMARY KEY (minute, host, processor_id),
  KEY host_minute (host, minute)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS queued_job_meta (
  name VARCHAR(64) NOT NULL,
  value VARCHAR(255) NOT NULL,
  PRIMARY KEY (name)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4;

INSERT IGNORE INTO queued_job_meta (name, value) VALUES ('schema_version', '2'), ('database_uuid', UUID());
