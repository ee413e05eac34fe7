"""`sq-console stats --since 2h`: a handover, in Markdown or JSON."""

from collections.abc import Callable

from sq_console.demo.incident import seed
from sq_console.store import Store
from tests.cli.run_program import Done


def test_it_is_markdown_on_standard_output(
    queue: Store, sq: Callable[..., Done]
) -> None:
    seed(queue)

    done = sq("stats", "--since", "2h")

    assert (done.code, done.err) == (0, "")
    assert done.lines[0].startswith("## `queue.sqlite` at ")
    assert "### Causes of the last" in done.out
    assert "| --- | --- | ---: | --- | --- |" in done.lines


def test_json_has_the_same_and_every_minute(
    queue: Store, sq: Callable[..., Done]
) -> None:
    (entry,) = sq("stats", "--since", "30m", "--json").entries

    assert entry["words"].startswith("well")
    assert {"verdict", "causes", "held", "bulk", "lost", "activity"} <= set(entry)
    assert {"counts", "processors", "minutes", "pending_then"} <= set(entry)


def test_a_duration_that_is_none_is_refused_in_one_line(
    queue: Store, sq: Callable[..., Done]
) -> None:
    done = sq("stats", "--since", "yesterday")

    assert done.code == 2
    assert "a duration like 90s, 15m, 2h or 3d" in done.err
