"""Equal actions of one person in a row are one line; a person is found by a part."""

from datetime import UTC, datetime, timedelta

import pytest

from sq_console.model import Activity
from sq_console.rules.activity_folds import fold_activity, matching_person

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
PEOPLE = ("anna@web1", "bob@web1", "bob@web2")


def did(
    who: str, action: str, mins_ago: float, number: int = 0, **more: object
) -> Activity:
    values: dict[str, object] = {
        "id": 1_000 - int(mins_ago * 10),
        "created_at": NOON - timedelta(minutes=mins_ago),
        "jobs": 1,
        "job_id": number or None,
        "bulk_id": None,
        "subject": f"host{number}",
        "note": "",
    }
    return Activity(who=who, action=action, **(values | more))  # type: ignore[arg-type]


def test_what_one_person_did_in_a_row_is_one():
    found = fold_activity(
        [
            did("anna", "retry", 1, 1),
            did("anna", "retry", 2, 2),
            did("bob", "retry", 3, 3),
            did("anna", "retry", 4, 4),
            did("anna", "kill", 5, 5),
        ]
    )

    assert [(one.last.who, one.last.action, one.jobs) for one in found] == [
        ("anna", "retry", 2),
        ("bob", "retry", 1),
        ("anna", "retry", 1),
        ("anna", "kill", 1),
    ]
    assert found[0].subjects == ("host1", "host2")
    assert found[0].began_at == NOON - timedelta(minutes=2)


def test_a_bulk_action_stands_alone_and_so_does_what_has_a_note():
    found = fold_activity(
        [
            did("anna", "retry", 1, bulk_id=7, jobs=900),
            did("anna", "retry", 2),
            did("anna", "retry", 3, note="made job 9"),
        ]
    )

    assert [one.jobs for one in found] == [900, 1, 1]


def test_what_was_done_much_later_was_done_again():
    actions = [did("anna", "pause", mins) for mins in (0, 9, 18, 40)]

    assert [len(one.actions) for one in fold_activity(actions)] == [3, 1]


def test_a_person_is_found_by_a_part_of_the_name():
    assert matching_person(PEOPLE, "Anna") == "anna@web1"
    assert matching_person(PEOPLE, "bob@web2") == "bob@web2"
    with pytest.raises(ValueError, match="which one\\? bob@web1, bob@web2"):
        matching_person(PEOPLE, "bob")
    with pytest.raises(ValueError, match="nobody of that name"):
        matching_person(PEOPLE, "eve")
