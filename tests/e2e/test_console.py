"""The console by keyboard alone, in a real terminal of two sizes.

The database is looked at too: a key has done what the screen says it did.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sq_console.config import DbSettings
from sq_console.model import JobState, ResultCode
from sq_console.store import Store, open_store
from tests.e2e.golden import assert_golden
from tests.e2e.screen import BACKSPACE, ENTER, ESC, F2, Screen, console
from tests.handler import HandlerServer
from tests.store.jobs import ME, add, claim, enter, messages, outcome
from tests.waiting import eventually

SIZES = pytest.mark.parametrize(("columns", "lines"), [(80, 24), (120, 40)])


@pytest.fixture
def queue(tmp_path: Path, empty_sqlite: Path) -> Iterator[Store]:
    """A database with a db.ini beside it."""
    (tmp_path / "db.ini").write_text("[db]\nengine = sqlite\npath = q.sqlite\n")
    (tmp_path / "q.sqlite").write_bytes(empty_sqlite.read_bytes())
    store = open_store(DbSettings(engine="sqlite", path=str(tmp_path / "q.sqlite")))
    yield store
    store.close()


def furnish(store: Store) -> None:
    """Jobs 1 to 9: three failed, one succeeded, one killed … and a few to come."""
    enter(store)
    add(store, url="http://billing.example.com/invoices/1001", organization_id=7)
    add(store, url="http://billing.example.com/invoices/1002", body=b'{"total": 12}')
    add(store, url="https://hooks.example.com:8443/[red]order[/red]", http_method="put")
    jobs = claim(store)
    for job, result in zip(
        jobs,
        (ResultCode.SUCCEEDED, ResultCode.PERMANENT, ResultCode.PERMANENT),
        strict=True,
    ):
        store.outcomes.record(ME, [outcome(job, result, "out of \x1b[31mpaper")])
    store.processors.unregister(ME)
    for number in (4, 5):
        add(store, url=f"http://hooks.example.com/events/{number}", delay_secs=86_000)
    add(store, url="http://mail.example.com/send", http_method="get", delay_secs=86_000)
    store.session.execute(
        "UPDATE queued_job SET last_finished_at ="
        " strftime('%Y-%m-%d %H:%M:%S', 'now', '-400 days', '-1 hour')"
        " WHERE last_finished_at IS NOT NULL"
    )
    store.session.execute(
        "UPDATE queued_job_log SET created_at = '2026-01-02 03:04:05'"
    )
    store.session.execute("UPDATE queued_job SET created_at = '2026-01-02 03:04:05'")
    store.session.execute("DELETE FROM queued_job_stats")


@pytest.mark.mostly_slow(1)
@SIZES
def test_panes_filter_and_detail(
    queue: Store, tmp_path: Path, columns: int, lines: int
):
    furnish(queue)
    size = f"{columns}x{lines}"
    with console("--watch", cwd=tmp_path, columns=columns, lines=lines) as screen:
        screen.shows("mail.example.com")
        screen.press("1")
        screen.shows("/events/4")
        assert_golden(f"pty-main-{size}", screen)

        screen.press("3")
        screen.shows("voices/1002")
        screen.shows("order[/red]")
        assert_golden(f"pty-failed-{size}", screen)

        screen.press("/host:billing.example.com" + ENTER)
        screen.shows("3 Failed 1 found")  # the causes are not filtered
        assert_golden(f"pty-filter-{size}", screen)
        screen.press(ESC)
        screen.hides("filter host:")

        screen.press("/#2" + ENTER)
        screen.shows("3 Failed 1 found")
        screen.press_until(ENTER, lambda: "ATTEMPTS" in screen.text)
        screen.shows("out of ␛[31mpaper")
        assert_golden(f"pty-detail-{size}", screen)
        screen.press(ESC)
        screen.hides("ATTEMPTS")
        screen.press("q")
        assert screen.terminal.wait() == 0


@pytest.mark.mostly_slow(1)
@SIZES
def test_edit_and_requeue_by_keyboard_alone(
    queue: Store, tmp_path: Path, columns: int, lines: int
):
    furnish(queue)
    size = f"{columns}x{lines}"
    with console("--watch", cwd=tmp_path, columns=columns, lines=lines) as screen:
        screen.shows("mail.example.com")

        screen.press("3")
        screen.shows("order[/red]")
        screen.press_until("e", lambda: "Edit job 3" in screen.text)
        screen.hides("under the cursor")
        assert_golden(f"pty-edit-{size}", screen, dialog=True)
        _retype_url(
            screen, "https://hooks.example.com:8443/", "http://new.example.com/x"
        )
        screen.press(F2)
        eventually(lambda: "requeued as job 7" in messages(queue, 3)[-1])
        new = queue.reads.job(7)
        assert (new.url, new.requeued_from) == ("http://new.example.com/x", 3)
        assert queue.reads.job(3).state is JobState.FAILED


@pytest.mark.slow
@SIZES
def test_retry_and_kill_by_keyboard_alone(
    queue: Store, tmp_path: Path, columns: int, lines: int
):
    furnish(queue)
    with console("--watch", cwd=tmp_path, columns=columns, lines=lines) as screen:
        screen.shows("mail.example.com")

        screen.press("3")
        screen.shows("order[/red]")
        screen.press("/#2" + ENTER)
        screen.shows("filter #2")
        screen.press_until("r", lambda: queue.reads.job(2).state is JobState.PENDING)
        screen.press_until(ESC, lambda: "filter #2" not in screen.text)

        screen.press("1")
        screen.shows("events/4")
        screen.press("/#6" + ENTER)
        screen.shows("filter #6")
        screen.press_until("K", lambda: "Kill 1 job?" in screen.text)
        screen.hides("▌")
        assert_golden(f"pty-kill-{columns}x{lines}", screen, dialog=True)
        screen.answer("y", "Kill 1 job?")
        eventually(lambda: queue.reads.job(6).state is JobState.KILLED)
        screen.press_until(ESC, lambda: "filter #6" not in screen.text)
        screen.press("q")
        assert screen.terminal.wait() == 0

    assert "Job killed by" in messages(queue, 6)[-1]


def _retype_url(screen: Screen, old: str, new: str) -> None:
    """The url field follows the method's; what it held is rubbed out."""
    screen.press("\t" + "\x05" + BACKSPACE * (len(old) + 40))
    screen.hides(old[:20])
    screen.press(new)
    screen.shows(new)


@pytest.mark.slow
@pytest.mark.mostly_slow(1)
@SIZES
def test_a_running_call_is_killed_by_keyboard(
    queue: Store, tmp_path: Path, columns: int, lines: int
):
    with HandlerServer() as handler:
        (job_id,) = add(queue, url=handler.url("/silent"))
        (quick,) = add(queue, url=handler.url("/ok"))
        with console("db.ini", cwd=tmp_path, columns=columns, lines=lines) as screen:
            eventually(lambda: handler.calls[job_id])
            eventually(lambda: queue.reads.job(quick).state is JobState.SUCCEEDED)
            screen.press("2")
            screen.shows("/silent")
            screen.press_until("K", lambda: "Kill 1 job?" in screen.text)
            screen.answer("y", "Kill 1 job?")
            eventually(lambda: queue.reads.job(job_id).state is JobState.KILLED, 5)
            screen.press("q")
            assert screen.terminal.wait() == 0
    assert handler.calls[job_id] == 1
