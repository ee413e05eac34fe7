"""Databases of older schemas: the ancestor's, and every version of ours that there was
(`tests/store/schemas`: schema.sql and its SQLite twin, as they were published; the last
version is what they are now).
"""

from pathlib import Path

from sq_console.model import SCHEMA_VERSION
from sq_console.store.schema import mysql_schema, sqlite_schema
from tests.servers import Server

_FOLDER = Path(__file__).parent / "schemas"
MYSQL_VERSIONS = ("1a", "1b", "1c", str(SCHEMA_VERSION))
SQLITE_VERSIONS = ("1", str(SCHEMA_VERSION))

ANCESTOR = """
CREATE TABLE `queued_job` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT COMMENT 'The id',
  `organization_id` bigint(20) unsigned DEFAULT NULL,
  `http_method` varchar(10) NOT NULL,
  `url` text NOT NULL COMMENT 'The url',
  `body` text COMMENT 'The body',
  `timeout_secs` int(11) NOT NULL DEFAULT '60',
  `last_started_at` timestamp NULL DEFAULT NULL,
  `last_finished_at` timestamp NULL DEFAULT NULL,
  `last_response` text,
  `result_code` int(11) DEFAULT NULL,
  `remaining_retries` int(11) NOT NULL DEFAULT '10' COMMENT 'So many are left',
  `retry_delay_secs` int(11) NOT NULL DEFAULT '60',
  PRIMARY KEY (`id`)) ENGINE=InnoDB DEFAULT CHARSET={charset};
CREATE TABLE `queued_job_log` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `job_id` bigint(20) unsigned NOT NULL,
  `msg` text NOT NULL,
  `created_at` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
    ON UPDATE CURRENT_TIMESTAMP COMMENT 'When',
  PRIMARY KEY (`id`)) ENGINE=InnoDB DEFAULT CHARSET={charset};
"""
ROWS = """
INSERT INTO queued_job (id, http_method, url, body, last_started_at, last_finished_at,
  result_code, remaining_retries, retry_delay_secs) VALUES
  (1, 'post', 'http://a.example/', UNHEX('E9FF0D0A80'), NULL, NULL, NULL, 10, 60),
  (2, 'post', 'http://b.example:81/', NULL, '2020-01-01 10:00:00',
   '2020-01-01 10:00:05', 0, 10, 60),
  (3, 'get', 'http://a.example/', '', '2020-01-02 10:00:00', '2020-01-02 10:00:05', 2,
   7, 3600),
  (4, 'post', 'http://a.example/', 'x', '2020-01-02 11:00:00', '2020-01-02 11:00:05', 2,
   0, 60),
  (5, 'post', 'http://a.example/', 'x', NULL, NULL, NULL, 0, 60),
  (6, 'post', 'http://a.example/', 'x', '2020-01-03 10:00:00', NULL, NULL, 1, 60),
  (7, 'post', 'http://a.example/', 'x', '2020-01-03 11:00:00', '2020-01-03 11:00:01', 1,
   9, 60),
  (9, 'post', 'http://a.example/', 'x', NULL, '2020-01-05 00:00:00', NULL, 5, 60),
  (10, 'post', 'http://a.example/', 'x', '2020-01-04 10:00:00',
   '2020-01-04 10:00:01', 0, 10, 60);
INSERT INTO queued_job_log (job_id, msg, created_at) VALUES
  (6, '[JOBID 6] Calling job', '2019-12-31 23:00:00'),
  (6, '[JOBID 6] Calling job', '2020-01-03 10:00:00');
"""
"""9 was requeued by hand; 5 has no retries and would never be called; 6 broke."""


def make_ancestor(server: Server, db: str, charset: str = "latin1") -> None:
    """The ancestor's tables in *db*, with a row of every kind."""
    server.command("SET time_zone = '+00:00';" + ANCESTOR.format(charset=charset), db)
    server.command("SET time_zone = '+00:00';" + ROWS, db)


def mysql_version(name: str) -> str:
    """schema.sql of a version."""
    if name == str(SCHEMA_VERSION):
        return mysql_schema()
    return (_FOLDER / f"mysql-{name}.sql").read_text(encoding="utf-8")


def sqlite_version(name: str) -> str:
    """Its SQLite twin, with the expression of `host`, which was always the same."""
    now = sqlite_schema()
    if name == str(SCHEMA_VERSION):
        return now
    text = (_FOLDER / f"sqlite-{name}.sql").read_text(encoding="utf-8")
    begin = now.index("host TEXT GENERATED ALWAYS AS (") + 31
    return text.replace("__HOST__", now[begin : now.index(") VIRTUAL", begin)])
