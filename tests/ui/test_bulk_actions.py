"""A bulk action on targets that are no jobs."""

from dataclasses import dataclass

from sq_console.errors import StoreUnavailable
from sq_console.store import Store, open_store
from sq_console.store.lane import StoreLane
from sq_console.ui.state.bulk_actions import (
    CHUNK,
    BulkAction,
    BulkProgress,
    run_bulk_action,
)
from sq_console.ui.state.console_lane import ConsoleLane
from tests.ui.queue import Queue


@dataclass(frozen=True)
class Result:
    done: bool
    message: str


def holding(refused: set[str], fails_at: str = "") -> BulkAction[str]:
    def hold(store: Store, host: str) -> Result:
        assert store.reads.counts() is not None
        if host == fails_at:
            raise StoreUnavailable("gone away")
        return Result(host not in refused, "held" if host not in refused else "refused")

    return BulkAction("host", "held", hold, lambda host: f"host {host}")


def lane_of(queue: Queue) -> ConsoleLane:
    return ConsoleLane(StoreLane(lambda: open_store(queue.db), "test"), lambda: True)


async def test_one_target_is_named_in_the_summary(queue: Queue):
    lane = lane_of(queue)

    report = await run_bulk_action(lane, ["a.example"], holding(set()))

    lane.shut_down()
    assert report.summary() == "host a.example: held"
    assert report.all_done


async def test_refused_targets_are_counted_by_their_reason(queue: Queue):
    hosts = [f"{number}.example" for number in range(CHUNK + 2)]
    lane = lane_of(queue)

    report = await run_bulk_action(lane, hosts, holding({hosts[0], hosts[-1]}))

    lane.shut_down()
    assert report.summary() == f"{CHUNK} held, 2 refused"
    assert report.done == tuple(hosts[1:-1])


async def test_a_failure_keeps_what_was_done_and_says_why_the_rest_was_not(
    queue: Queue,
):
    hosts = [f"{number}.example" for number in range(3 * CHUNK)]
    lane = lane_of(queue)

    report = await run_bulk_action(lane, hosts, holding(set(), fails_at=hosts[30]))

    lane.shut_down()
    assert report.done == tuple(hosts[:30])
    assert report.summary() == "30 held, 30 not begun; gone away"


async def test_a_stopped_action_ends_with_its_chunk_and_says_what_was_not_begun(
    queue: Queue,
):
    hosts = [f"{number}.example" for number in range(3 * CHUNK)]
    progress = BulkProgress("retrying", len(hosts))
    action = holding({hosts[1]})

    def stop_at_the_first(store: Store, host: str) -> Result:
        progress.request_stop()
        return action.act(store, host)  # type: ignore[return-value]

    lane = lane_of(queue)
    stopped = BulkAction("host", "held", stop_at_the_first, action.label)
    report = await run_bulk_action(lane, hosts, stopped, progress)

    lane.shut_down()
    assert progress.words() == "RETRYING 20 of 60"
    assert report.summary() == "19 held, 1 refused, 40 not begun"
