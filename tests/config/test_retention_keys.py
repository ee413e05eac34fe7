"""`[retention]`: for how long rows are kept."""

from pathlib import Path

import pytest

from sq_console.config import load_settings
from sq_console.errors import SettingsError
from sq_console.model import MOST_KEPT_SECS, PruneKind, Retention

DAY = 86_400.0
DB = "[db]\nengine = sqlite\npath = q\n"


def read(tmp_path: Path, lines: str) -> Retention:
    path = tmp_path / "db.ini"
    path.write_text(f"{DB}{lines}")
    return load_settings(path).retention


def test_nothing_is_pruned_unless_it_is_said(tmp_path: Path) -> None:
    assert not read(tmp_path, "").is_on
    assert not read(tmp_path, "[retention]\n").is_on
    assert not read(tmp_path, "[retention]\nsucceeded = keep\nlog = off\n").is_on


def test_each_kind_has_its_time(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "[retention]\nsucceeded = 12h\nfailed = 90d\nlog = 6w\nactivity = 2y\n"
        "stats = 400d\n",
    )

    assert found == Retention(
        succeeded=DAY / 2,
        failed=90 * DAY,
        set_aside=90 * DAY,
        log=42 * DAY,
        activity=730 * DAY,
        stats=400 * DAY,
    )
    assert found.secs(PruneKind.BULK) == 730 * DAY
    assert found.secs(PruneKind.KILLED) is None


def test_what_was_set_aside_may_have_a_time_of_its_own(tmp_path: Path) -> None:
    lines = "[retention]\nfailed = 90d\nset_aside = {}\n"

    assert read(tmp_path, lines.format("7d")).set_aside == 7 * DAY
    assert read(tmp_path, lines.format("keep")).set_aside is None
    assert read(tmp_path, "[retention]\nstats = keep\n").stats == MOST_KEPT_SECS


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("log = 3m", "[retention] log: '3m' is not a time to keep rows for"),
        ("log = 30", "'30' is not a time to keep rows for, like 12h, 7d or 400d"),
        ("log = ", "'' is not a time to keep rows for"),
        ("log = 0d", "'0d' is not"),
        ("log = -1d", "'-1d' is not"),
        ("log = 99999d", "'99999d' is more than ten years; write keep"),
        ("stats = 1d", "'1d' is less than 2d"),
        ("suceeded = 7d", "unknown key; did you mean succeeded?"),
    ],
)
def test_a_bad_time_is_one_clear_line(tmp_path: Path, line: str, reason: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, f"[retention]\n{line}\n")

    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
