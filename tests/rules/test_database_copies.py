"""When a database is taken for a copy, and when it is not."""

from dataclasses import replace

import pytest

from sq_console.model import Location
from sq_console.rules.admission.copies import (
    copy_words,
    facts_of,
    is_public,
    judge,
)

HOME = Location("jobs", ("server 1", "table made at 7"), "db1.example.com:3306", "web1")
LOCAL = replace(HOME, address="127.0.0.1:3306")


def rows_of(*there: Location) -> dict[str, str]:
    """The rows of `queued_job_meta` after these were learned."""
    facts = [each for one in there for each in facts_of(one)]
    return {name: f"2026-11-27 11:40 {text}" for name, text in facts}


@pytest.mark.parametrize(
    ("what", "home", "there"),
    [
        ("the same", HOME, HOME),
        ("another client", HOME, replace(HOME, client="web2")),
        ("fail-over behind a name", HOME, replace(HOME, servers=("server 2",))),
        ("fail-over to a group's member", HOME, replace(HOME, address="db2:3306")),
        ("over the socket", HOME, replace(HOME, address="/run/mysqld.sock")),
        ("meta rebuilt", HOME, replace(HOME, servers=("server 1", "table made at 9"))),
        ("a new uuid, same table", HOME, replace(HOME, servers=("table made at 7",))),
        ("restored on this machine", LOCAL, replace(LOCAL, servers=("server 2",))),
        ("local, from elsewhere", LOCAL, replace(LOCAL, client="web2")),
    ],
)
def test_it_is_at_home(what: str, home: Location, there: Location) -> None:
    assert not judge(rows_of(home), there, trusted=False).copy_of, what


@pytest.mark.parametrize(
    ("what", "home", "there"),
    [
        ("a schema beside", HOME, replace(HOME, database="jobs_test")),
        (
            "a dump in staging",
            HOME,
            replace(HOME, servers=("server 2",), address="db.stage.example.com:3306"),
        ),
        (
            "a dump on a laptop",
            LOCAL,
            replace(LOCAL, servers=("server 2",), client="laptop"),
        ),
        (
            "another server of this machine",
            LOCAL,
            replace(LOCAL, servers=("server 2",), address="127.0.0.1:3307"),
        ),
        (
            "the same service in another network of containers",
            replace(HOME, address="mysql:3306"),
            replace(HOME, servers=("server 2",), address="mysql:3306", client="f00d"),
        ),
        (
            "a copied file",
            Location("", ("inode 5",), "/srv/queue.sqlite", "web1"),
            Location("", ("inode 6",), "/srv/test.sqlite", "web1"),
        ),
    ],
)
def test_it_is_a_copy(what: str, home: Location, there: Location) -> None:
    judgement = judge(rows_of(home), there, trusted=False)

    assert judgement.copy_of, what
    assert not judgement.to_learn
    assert judgement.copy_of in copy_words(judgement)


def test_a_file_that_was_moved_or_restored_in_place_is_at_home() -> None:
    home = Location("", ("inode 5",), "/srv/queue.sqlite", "web1")

    for there in (
        replace(home, address="/data/queue.sqlite"),
        replace(home, servers=("inode 9",)),
        replace(home, client="another container"),
    ):
        assert not judge(rows_of(home), there, trusted=False).copy_of


def test_without_any_row_all_is_learned() -> None:
    judgement = judge({"schema_version": "2"}, HOME, trusted=False)

    assert not judgement.copy_of
    assert [name for name, _ in judgement.to_learn] == list(rows_of(HOME))


def test_what_is_new_beside_what_is_known_is_learned() -> None:
    judgement = judge(
        rows_of(HOME), replace(HOME, servers=("server 2",)), trusted=False
    )

    assert [text for _, text in judgement.to_learn] == ["server 2"]


def test_a_processor_that_worked_here_trusts_a_fail_over() -> None:
    there = replace(LOCAL, servers=("server 2",), address="10.0.0.5:3306")

    judgement = judge(rows_of(LOCAL), there, trusted=True)

    assert not judgement.copy_of
    assert len(judgement.to_learn) == 2


def test_no_trust_makes_up_for_another_name() -> None:
    there = replace(HOME, database="jobs_test")

    assert judge(rows_of(HOME), there, trusted=True).copy_of


def test_the_words_name_what_was_learned_last() -> None:
    known = rows_of(HOME)
    later = facts_of(replace(HOME, address="db9.example.com:3306"))[-1]
    known |= {later[0]: f"2026-11-28 09:00 {later[1]}"}

    words = copy_words(judge(known, replace(HOME, database="x"), trusted=False))

    expected = "this is a copy (`sq-console adopt`) of jobs at db9.example.com:3306"
    assert words == expected


def test_what_to_do_is_not_cut_on_80_columns() -> None:
    moved = replace(HOME, database="a_name_of_some_length_" * 9)

    words = copy_words(judge(rows_of(HOME), moved, trusted=False))

    line = f" HELD, everything since 14:10 by copy: {words}"
    assert "`sq-console adopt`" in line[:79]


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("db1.example.com:3306", True),
        ("DB1.Example.com.:3306", True),
        ("x.abc123.eu-west-1.rds.amazonaws.com:3306", True),
        ("8.8.8.8:3306", True),
        ("2606:4700::1111:3306", True),
        ("127.0.0.1:3306", False),
        ("10.0.0.5:3306", False),
        ("::1:3306", False),
        ("localhost:3306", False),
        ("mysql:3306", False),
        ("mysql.prod.svc:3306", False),
        ("mysql.prod.svc.cluster.local:3306", False),
        ("db.service.consul:3306", False),
        ("ip-10-0-0-5.eu-west-1.compute.internal:3306", False),
        ("/run/mysqld/mysqld.sock", False),
        ("/srv/queue.sqlite", False),
    ],
)
def test_which_addresses_mean_one_place_in_the_world(address: str, public: bool):
    assert is_public(address) is public
