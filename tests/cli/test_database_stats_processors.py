"""`init`, `check`, `stats`, `processors`, `pause`, `resume`, `drain`."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from sq_console.cli.checks.settings_check import settings_findings
from sq_console.config import load_settings
from sq_console.model import ClaimRequest, ProcessorState, Wanted
from sq_console.store import Store
from tests.cli.jobs_in_states import claimed, enqueued, failed
from tests.cli.run_program import Done
from tests.servers import Server

Sq = Callable[..., Done]


def test_init_says_what_it_made_and_is_harmless_the_second_time(
    sq: Sq, folder: Path
) -> None:
    (folder / "queue.sqlite").unlink()

    first, second = sq("init"), sq("init")

    assert (first.code, second.code) == (0, 0)
    assert "made queued_job, queued_job_log" in first.out
    assert "nothing to make" in second.out
    assert "there already: queued_job, queued_job_log" in second.out


def test_init_as_json(sq: Sq) -> None:
    (entry,) = sq("init", "--json").entries

    assert entry["created"] == []
    assert "queued_job" in entry["present"]


ANCESTOR = """
CREATE TABLE queued_job (
  id BIGINT UNSIGNED NOT NULL PRIMARY KEY AUTO_INCREMENT,
  organization_id BIGINT UNSIGNED NULL, http_method VARCHAR(10) NOT NULL,
  url TEXT NOT NULL, body MEDIUMTEXT NULL, timeout_secs INT NOT NULL DEFAULT 60,
  last_started_at TIMESTAMP NULL, last_finished_at TIMESTAMP NULL,
  last_response TEXT NULL, result_code INT NULL,
  remaining_retries INT NOT NULL DEFAULT 10, retry_delay_secs INT NOT NULL DEFAULT 60
) ENGINE=InnoDB DEFAULT CHARSET=latin1;
CREATE TABLE queued_job_log (
  id BIGINT UNSIGNED NOT NULL PRIMARY KEY AUTO_INCREMENT,
  job_id BIGINT UNSIGNED NOT NULL, msg TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
) ENGINE=InnoDB DEFAULT CHARSET=latin1
"""


@pytest.mark.parametrize("verb", ["init", "check"])
def test_tables_of_the_ancestor_are_named_with_what_they_lack(
    sq: Sq, folder: Path, mariadb: Server, verb: str
) -> None:
    db = mariadb.create_database()
    mariadb.command(ANCESTOR, db.db)
    (folder / "db.ini").write_text(
        f"[db]\nhost = {db.host}\nport = {db.port}\n"
        f"user = {db.user}\npasswd = {db.passwd}\ndb = {db.db}\n"
    )

    done = sq(verb)

    assert done.code == 1
    assert "Traceback" not in done.err
    lacking = next(line for line in done.lines if "table queued_job lacks" in line)
    assert lacking.startswith("!! ")
    assert "run_at" in lacking
    assert "claimed_by" in lacking
    assert db.passwd not in done.out + done.err
    mariadb.drop_database(db.db)


def test_check_of_a_good_database_is_ok_throughout(sq: Sq) -> None:
    done = sq("check")

    assert (done.code, done.err) == (0, "")
    assert all(line.startswith("ok ") for line in done.lines)
    assert any("claim query" in line for line in done.lines)


def test_check_says_what_to_do_and_fails(sq: Sq, folder: Path) -> None:
    (folder / "queue.sqlite").write_bytes(b"")

    done = sq("check")

    assert done.code == 1
    assert any(line.startswith("!! ") and " -> " in line for line in done.lines)


def test_check_as_json_is_one_object_with_advice_where_something_is_wrong(
    sq: Sq, queue: Store
) -> None:
    (good,) = sq("check", "--json").entries
    queue.session.execute("DROP TABLE queued_job_hold")
    (bad,) = sq("check", "--json").entries

    assert (good["ok"], bad["ok"]) == (True, False)
    assert all({"ok", "text", "advice"} == set(one) for one in good["findings"])
    assert {one["advice"] for one in good["findings"]} == {""}
    assert [one["text"] for one in bad["findings"] if one["advice"]] == [
        "no table queued_job_hold"
    ]


def test_a_mistyped_path_makes_no_file(sq: Sq, folder: Path) -> None:
    (folder / "queue.sqlite").unlink()

    done = sq("ls")

    assert (done.code, done.out) == (3, "")
    assert done.err == (
        "sq-console: cannot open queue.sqlite: no such file;"
        " `sq-console init` makes it\n"
    )
    assert not (folder / "queue.sqlite").exists()


SECRETIVE = """
[db]
host = db.example.com
user = queue
passwd = hunter2
db = queue
[api]
user = queue
passwd = hunter3
"""


def test_check_finds_a_readable_password_and_credentials_for_everyone(
    tmp_path: Path,
) -> None:
    ini = tmp_path / "db.ini"
    ini.write_text(SECRETIVE)
    ini.chmod(0o644)

    findings = settings_findings(load_settings(ini))

    wrong = [finding for finding in findings if not finding.ok]
    assert [finding.advice for finding in wrong] == [
        f"chmod {'o' if os.geteuid() == 0 else 'go'}= {ini}",
        "name the hosts they are for: [api] hosts",
    ]
    assert "hunter" not in str(findings)


def test_check_is_content_with_a_private_file_and_named_hosts(tmp_path: Path) -> None:
    ini = tmp_path / "db.ini"
    ini.write_text(SECRETIVE + "hosts = a.example.com\n")
    ini.chmod(0o600)

    assert all(finding.ok for finding in settings_findings(load_settings(ini)))


def test_stats_count_what_is_there(sq: Sq, queue: Store) -> None:
    failed(queue)
    claimed(queue, enqueued(queue))
    enqueued(queue)

    (entry,) = sq("stats", "--json").entries

    assert entry["counts"] == {
        "due": 1,
        "waiting": 0,
        "running": 1,
        "succeeded": 0,
        "failed": 1,
        "killed": 0,
    }
    assert entry["minutes"][0]["failed"] == 1
    assert entry["processors_alive"] == 1
    assert entry["latency_secs"] >= 0
    assert [line.split() for line in sq("stats").lines if "failed" in line] == [
        ["failed:", "1"]
    ]


@pytest.fixture
def two_processors(queue: Store) -> None:
    queue.processors.register(11, "web1:100", 10, ProcessorState.RUNNING)
    queue.processors.register(12, "web2:200", 10, ProcessorState.RUNNING)


@pytest.mark.usefixtures("two_processors")
def test_processors_are_listed(sq: Sq) -> None:
    entries = sq("processors", "--json").entries

    assert [(row["id"], row["name"], row["alive"]) for row in entries] == [
        (11, "web1:100", True),
        (12, "web2:200", True),
    ]
    assert "0/10" in sq("processors").out


@pytest.mark.usefixtures("two_processors")
def test_a_lost_processor_is_listed_with_what_was_rescued(sq: Sq, queue: Store) -> None:
    enqueued(queue)
    queue.claims.claim(12, ClaimRequest(1))
    queue.rescuer.rescue_processor(12, "web1:100")

    (alive, lost) = sq("processors", "--json").entries

    assert (alive["name"], alive["alive"]) == ("web1:100", True)
    assert (lost["name"], lost["alive"], lost["state"]) == ("web2:200", False, "lost")
    assert (lost["rescued"], lost["concurrency"]) == (1, 10)
    (line,) = [line for line in sq("processors").lines if "web2:200" in line]
    assert re.search(r"lost \d\d:\d\d, 1 job rescued", line)


@pytest.mark.usefixtures("two_processors")
@pytest.mark.parametrize(
    ("arguments", "first", "second"),
    [
        (("pause",), Wanted.PAUSE, Wanted.PAUSE),
        (("drain", "web2:200"), Wanted.RUN, Wanted.DRAIN),
        (("pause", "11"), Wanted.PAUSE, Wanted.RUN),
    ],
)
def test_processors_are_asked_all_or_one(
    sq: Sq, queue: Store, arguments: tuple[str, ...], first: Wanted, second: Wanted
) -> None:
    done = sq(*arguments)

    assert done.code == 0
    assert queue.processors.control(11).wanted is first
    assert queue.processors.control(12).wanted is second


@pytest.mark.usefixtures("two_processors")
def test_a_paused_processor_is_resumed(sq: Sq, queue: Store) -> None:
    sq("pause", "11")

    done = sq("resume", "11", "--json")

    (entry,) = done.entries
    assert entry == {"processor": "web1:100", "result": "asked", "wanted": "run"}
    assert queue.processors.control(11).wanted is Wanted.RUN


@pytest.mark.usefixtures("two_processors")
def test_an_unknown_processor_is_named(sq: Sq) -> None:
    done = sq("pause", "web3:300")

    assert (done.code, done.out) == (1, "")
    assert "no processor is called web3:300; `sq-console processors`" in done.err


def test_without_any_processor_there_is_nobody_to_ask(sq: Sq) -> None:
    done = sq("drain")

    assert (done.code, done.err) == (
        1,
        "sq-console: no processor is there to be asked\n",
    )


def test_json_is_ascii(sq: Sq, queue: Store) -> None:
    enqueued(queue, "http://a.example.com/ü\u202e")

    out = sq("ls", "--json").out

    assert out.isascii()
    assert json.loads(out)["url"].endswith("ü\u202e")
