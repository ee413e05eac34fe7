"""Bulk actions and jobs that nobody thought of: what stumbles over them goes on."""

from itertools import pairwise
from typing import Any

import pytest

from sq_console.errors import StoreUnavailable
from sq_console.model import BulkEdit, BulkState, BulkVerb
from sq_console.store import Store
from sq_console.store.actions import bulk_batches
from tests.store.bulk import WORKER, begin, failed, request, shown, states, work
from tests.store.jobs import enter, refuse_updates

_ENTER = """
INSERT INTO queued_job_bulk (verb, who, wanted, arguments, position, max_id)
VALUES (%s, 'eve@ops', %s, %s, %s, 5)"""
_DEEP = "[" * 30_000


@pytest.fixture(autouse=True)
def processor(store: Store) -> None:
    enter(store)


@pytest.mark.parametrize(
    "columns",
    [
        ("retry", '{"wanted": 5}', "{}", None),
        ("retry", _DEEP, "{}", None),
        ("retry", '{"wanted": {"host": ["a", "b"]}}', "{}", None),
        ("edit", "{}", "[]", None),
        ("edit", "{}", '{"url_from": "(", "is_expression": true}', None),
        (
            "edit",
            "{}",
            r'{"url_from": "x", "url_to": "\\2", "is_expression": true}',
            "",
        ),
        ("retry", "{}", "{}", '{"state": 99}'),
        ("retry", "{}", "{}", '{"after": "here"}'),
        ("retry", "{}", "{}", '{"locked": "x"}'),
    ],
)
def test_an_action_that_is_not_understood_fails_and_those_behind_it_go_on(
    store: Store, columns: tuple[object, ...]
):
    failed(store, 3)
    store.session.insert(_ENTER, columns)
    behind = begin(store, request())

    work(store, batches=50)

    assert shown(store, behind).state is BulkState.DONE
    assert store.bulk.running() == ()


@pytest.mark.parametrize("store_settings", ["sqlite"], indirect=True)
def test_headers_too_deep_to_read_are_left_as_they_are(store: Store):
    """A JSON column takes none so deep; others do."""
    (deep, *_), (plain,) = failed(store, 1, headers=_DEEP), failed(store, 1)
    edit = BulkEdit(set_headers=(("X-A", "1"),))
    bulk_id = begin(store, request(BulkVerb.EDIT, arguments=edit))

    work(store)

    assert (shown(store, bulk_id).counted, shown(store, bulk_id).done) == (1, 1)
    assert store.reads.job(deep).headers == _DEEP
    assert str(states(store, [plain])[0]) == "set_aside"


@pytest.mark.parametrize("is_stopped", [False, True])
def test_what_is_refused_is_counted_once_though_its_worker_was_killed(
    store: Store, monkeypatch: pytest.MonkeyPatch, is_stopped: bool
) -> None:
    *_, newest = failed(store, 4)
    refuse_updates(store, newest, "NEW.bulk_id IS NOT NULL")
    bulk_id = begin(store, request())
    real = bulk_batches.BulkBatches._act_on_one

    def killed(batches: Any, bulk: Any, job: Any) -> Any:
        if shown(store, bulk_id).refused:
            raise StoreUnavailable("killed")
        return real(batches, bulk, job)

    with monkeypatch.context() as patch:
        patch.setattr(bulk_batches.BulkBatches, "_act_on_one", killed)
        with pytest.raises(StoreUnavailable):
            store.bulk.work_batch(WORKER)
    if is_stopped:
        store.bulk.stop(bulk_id, "bob@ops")
    work(store)
    store.session.execute("DROP TRIGGER stubborn")

    row = shown(store, bulk_id)
    assert row.counted == row.done + row.refused + (row.not_begun or 0) == 4
    assert row.done == (0 if is_stopped else 3)


def test_a_batch_that_takes_long_is_followed_by_a_smaller_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    """Else its lease is lost at its end, and what it did undone, for ever."""
    failed(store, 90)
    bulk_id = begin(store, request())
    monkeypatch.setattr(bulk_batches, "BATCH", 20)
    monkeypatch.setattr(bulk_batches, "BATCH_SECS", 0.0)

    done = [0]
    while store.bulk.work_batch("w"):
        done.append(shown(store, bulk_id).done)

    sizes = [after - before for before, after in pairwise(done)]
    assert (sizes[0], set(sizes[1:-1])) == (20, {1})
    assert done[-1] == 90
