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
  state VARCHAR(9) CHARACTER SET ascii COLLATE ascii_bin AS (
    CASE
      WHEN claimed_by IS NOT NULL THEN 'running'
      WHEN result_code IS NULL THEN 'pending'
      WHEN result_code = 2 AND remaining_retries > 0 THEN 'pending'
      WHEN result_code = 0 THEN 'succeeded'
      WHEN result_code = 3 THEN 'killed'
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
  PRIMARY KEY (host)
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

CREATE TABLE IF NOT EXISTS queued_job_meta (
  name VARCHAR(64) NOT NULL,
  value VARCHAR(255) NOT NULL,
  PRIMARY KEY (name)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4;

INSERT IGNORE INTO queued_job_meta (name, value) VALUES ('schema_version', '1'), ('database_uuid', UUID());
