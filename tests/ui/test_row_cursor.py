"""A cursor is on the key of a row, and so is a mark, whatever the rows are."""

from dataclasses import dataclass

from sq_console.model import JobState
from sq_console.ui.state.cursors.following_cursor import FollowingCursor
from sq_console.ui.state.cursors.row_cursor import RowCursor
from sq_console.ui.widgets.job_list import job_cursor
from tests.ui.jobs import ago, summary


@dataclass(frozen=True, slots=True)
class Host:
    """A row that is no job; its key is a text."""

    name: str
    failures: int = 0


def hosts(names: str) -> list[Host]:
    return [Host(name) for name in names]


def cursor_in(names: str, at: int = 0) -> RowCursor[Host, str]:
    cursor = RowCursor[Host, str](lambda host: host.name)
    cursor.update(hosts(names))
    cursor.put(at)
    return cursor


def shown(cursor: RowCursor[Host, str]) -> str:
    return "".join(host.name for host in cursor.rows)


def test_an_empty_list_has_no_cursor():
    cursor = cursor_in("")
    assert (cursor.index, cursor.current, cursor.put(3)) == (None, None, None)


def test_the_first_rows_get_the_cursor_on_the_first():
    cursor = cursor_in("")
    assert cursor.update(hosts("abc")) is False
    assert cursor.key == "a"


def test_a_cursor_that_nobody_put_is_on_the_first_row_whichever_that_is():
    cursor = cursor_in("")
    cursor.update(hosts("bc"))
    assert cursor.update(hosts("abc")) is True
    assert (cursor.key, cursor.is_pinned) == ("a", False)
    assert cursor.update(hosts("")) is True
    assert cursor.key is None
    cursor.update(hosts("abc"))
    cursor.put(0)
    cursor.update(hosts("xabc"))
    assert (cursor.key, cursor.index) == ("a", 1)


def test_another_filter_or_page_begins_with_its_first_row_again():
    cursor = cursor_in("abc", at=1)
    cursor.clear()
    cursor.update(hosts("bc"))
    cursor.update(hosts("abc"))
    assert cursor.key == "a"


def test_the_cursor_is_put_on_the_nearest_row_there_is():
    cursor = cursor_in("abc")
    assert cursor.put(7) == 2
    assert cursor.put(-7) == 0


def test_the_cursor_stays_on_its_row_wherever_that_moves():
    cursor = cursor_in("abc", at=1)
    assert cursor.update(hosts("xyabc")) is False
    assert (cursor.key, cursor.index) == ("b", 3)
    cursor.update(hosts("cb"))
    assert (cursor.key, cursor.index) == ("b", 1)


def test_the_cursor_shows_its_row_as_it_is_now():
    cursor = cursor_in("ab", at=1)
    cursor.update([Host("a"), Host("b", failures=3)])
    assert cursor.current == Host("b", failures=3)


def test_a_cursor_whose_row_has_gone_is_on_the_row_in_its_place():
    cursor = cursor_in("abc", at=1)
    assert cursor.update(hosts("ac")) is True
    assert cursor.key == "c"
    assert cursor.update(hosts("")) is True
    assert cursor.key is None


def test_a_gone_row_stays_below_its_neighbour():
    cursor = cursor_in("abc", at=1)
    assert cursor.update(hosts("xac"), keep_gone_row=True) is False
    assert shown(cursor) == "xabc"
    assert (cursor.key, cursor.gone_key, cursor.index) == ("b", "b", 2)


def test_a_gone_row_is_first_when_all_above_it_have_gone_too():
    cursor = cursor_in("abc", at=1)
    cursor.update(hosts("c"), keep_gone_row=True)
    assert shown(cursor) == "bc"


def test_a_gone_row_stays_as_far_down_when_all_others_have_gone_too():
    cursor = cursor_in("abc", at=1)
    cursor.update(hosts("vwxyz"), keep_gone_row=True)
    assert shown(cursor) == "vbwxyz"
    cursor.update(hosts(""), keep_gone_row=True)
    assert shown(cursor) == "b"


def test_a_gone_row_is_shown_as_it_is_now_when_that_is_known():
    cursor = cursor_in("abc", at=1)
    cursor.update(hosts("ac"), keep_gone_row=True, latest=Host("b", failures=9))
    assert cursor.current == Host("b", failures=9)


def test_a_gone_row_goes_when_the_cursor_does():
    cursor = cursor_in("abc", at=1)
    cursor.update(hosts("ac"), keep_gone_row=True)
    cursor.put(2)
    cursor.update(hosts("ac"), keep_gone_row=True)
    assert (shown(cursor), cursor.key, cursor.gone_key) == ("ac", "c", None)


def test_a_gone_row_that_comes_back_is_gone_no_more():
    cursor = cursor_in("abc", at=1)
    cursor.update(hosts("ac"), keep_gone_row=True)
    cursor.update(hosts("abc"), keep_gone_row=True)
    assert (shown(cursor), cursor.key, cursor.gone_key) == ("abc", "b", None)


def test_a_mark_is_put_and_taken_off():
    cursor = cursor_in("abc", at=1)
    cursor.toggle_mark()
    assert list(cursor.marked) == ["b"]
    cursor.toggle_mark()
    assert not cursor.marked


def test_marks_outlive_the_page():
    cursor = cursor_in("abc", at=1)
    cursor.toggle_mark()
    cursor.clear()
    cursor.update(hosts("xyz"))
    cursor.mark(hosts("y"))
    assert list(cursor.marked) == ["b", "y"]
    cursor.unmark(["b", "never marked"])
    assert list(cursor.marked) == ["y"]


def test_a_mark_follows_its_job_through_its_states():
    cursor = job_cursor()
    cursor.update([summary(id=7)])
    cursor.toggle_mark()

    cursor.update([summary(id=7, state=JobState.RUNNING, attempts=1)])

    assert [job.attempts for job in cursor.marked.values()] == [1]


def test_another_job_that_has_got_the_id_is_not_marked():
    cursor = job_cursor()
    cursor.update([summary(id=7), summary(id=8)])
    cursor.toggle_mark()

    cursor.update([summary(id=7, created_at=ago(1)), summary(id=8)])

    assert not cursor.marked


def following(names: str, kept: int = 5, held: int = 8) -> FollowingCursor[Host, str]:
    cursor = FollowingCursor[Host, str](lambda host: host.name)
    cursor.append(hosts(names), kept=kept, held=held)
    return cursor


def test_a_following_cursor_is_on_the_last_row():
    cursor = following("abc")
    assert (cursor.key, cursor.following) == ("c", True)
    cursor.append(hosts("de"), kept=5, held=8)
    assert (cursor.key, cursor.unseen) == ("e", 0)


def test_a_cursor_that_goes_up_stays_and_counts_what_arrives():
    cursor = following("abc")
    cursor.put(1)
    cursor.append(hosts("de"), kept=5, held=8)
    assert (cursor.key, cursor.index, cursor.following) == ("b", 1, False)
    assert cursor.unseen == 2
    cursor.put(4)
    assert (cursor.following, cursor.unseen) == (True, 0)


def test_old_rows_are_dropped_while_following():
    cursor = following("abcdefg")
    assert (shown(cursor), cursor.index) == ("cdefg", 4)


def test_nothing_is_dropped_above_a_place_that_is_held_until_it_is_too_much():
    cursor = following("abcde")
    cursor.put(0)
    cursor.append(hosts("fgh"), kept=5, held=8)
    assert (shown(cursor), cursor.key) == ("abcdefgh", "a")
    cursor.append(hosts("i"), kept=5, held=8)
    assert (shown(cursor), cursor.key) == ("efghi", "i")
    assert (cursor.following, cursor.unseen) == (True, 0)


def test_a_cleared_cursor_follows():
    cursor = following("abc")
    cursor.put(0)
    cursor.clear()
    cursor.append(hosts("xy"), kept=5, held=8)
    assert (cursor.key, cursor.following) == ("y", True)
