"""The form: what it says beforehand, what it refuses, what it writes."""

import json

import pytest
from textual.widgets import Input, TextArea

from sq_console.model import JobState
from tests.ui.queue import Queue
from tests.ui.run_console import ACTOR, Console, running

pytestmark = pytest.mark.mostly_slow(6)

URL = "http://new.example.com/v2"


async def set_field(console: Console, name: str, text: str) -> None:
    """As an operator does: go there, empty it, type."""
    field = console.find(f"#{name}")
    field.focus()
    await console.pilot.pause()
    if isinstance(field, TextArea):
        field.clear()
    else:
        field.value = ""
    await console.type(text)


async def test_a_job_never_called_is_changed_in_place(queue: Queue):
    job = queue.later("http://old.example.com/v1", body="old", priority=3)
    due = queue.of(job).run_at
    async with running(queue) as console:
        await console.press("1", "e")
        await console.shows(f"Edit job {job}: it was never called, so it is changed in")
        await set_field(console, "url", URL)
        await set_field(console, "timeout_secs", "7")
        await console.press("f2")
        await console.toasts(f"job {job}: edited in place")

    edited = queue.of(job)
    assert (edited.url, edited.timeout_secs, edited.body) == (URL, 7, b"old")
    assert (edited.run_at, edited.priority) == (due, 3)
    assert queue.messages(job) == [
        f"[JOBID {job}] Job edited by {ACTOR}:"
        f" url http://old.example.com/v1 -> {URL}, timeout_secs 60 -> 7"
    ]


async def test_a_job_that_was_called_stays_and_a_new_one_is_made(queue: Queue):
    job = queue.failed("http://old.example.com/v1", body="old", organization_id=9)
    async with running(queue) as console:
        await console.press("3", "e")
        await console.shows(
            f"Edit job {job}: it stays as it is, saving makes a new job"
        )
        await set_field(console, "url", URL)
        await set_field(console, "headers", "X-Trace: 7")
        await set_field(console, "body", "new")
        await set_field(console, "delay_secs", "3600")
        await console.press("f2")
        await console.toasts(f"job {job}: requeued as job 2")

    made = queue.of(2)
    assert (made.url, made.body, made.headers) == (URL, b"new", '{"X-Trace": "7"}')
    assert (made.requeued_from, made.organization_id) == (job, 9)
    assert queue.of(job).url == "http://old.example.com/v1"
    assert queue.state(job) is JobState.FAILED


@pytest.mark.parametrize(
    ("attempts", "max_retries", "remaining_retries"), [(1, None, 0), (0, 3, 5)]
)
async def test_a_form_saved_untouched_changes_nothing(
    queue: Queue, attempts: int, max_retries: int | None, remaining_retries: int
):
    add = queue.failed if attempts else queue.later
    add(attempts=attempts, max_retries=max_retries, remaining_retries=remaining_retries)
    async with running(queue) as console:
        await console.press("3" if attempts else "1", "e")
        await console.shows("Edit job 1")
        await console.press("f2")
        await console.hides("Edit job 1")

    written = 2 if attempts else 1
    assert queue.messages(written)[-1].endswith(": nothing changed")
    assert queue.of(written).remaining_retries == 5


async def test_a_new_job_is_made_from_an_empty_form(queue: Queue):
    async with running(queue) as console:
        await console.press("n")
        await console.shows("New job")
        await set_field(console, "url", URL)
        await set_field(console, "http_method", "put")
        await console.press("f2")
        await console.toasts("job 1 enqueued")

    made = queue.of(1)
    assert (made.http_method, made.url, made.body) == ("PUT", URL, None)
    assert (made.timeout_secs, made.remaining_retries, made.retry_delay_secs) == (
        60,
        5,
        60,
    )


async def test_what_is_wrong_stands_beside_its_field_and_nothing_is_written(
    queue: Queue,
):
    wrong = {
        "url": ("ftp://x.example/", "url: bad url: not http or https"),
        "http_method": ("BREW", "method: bad method"),
        "headers": ("no colon here", "headers: bad header: no colon"),
        "timeout_secs": ("0", "timeout s: a whole number from 1"),
        "remaining_retries": ("-1", "retries: a whole number from 0"),
    }
    queue.failed("http://old.example.com/v1")
    async with running(queue) as console:
        await console.press("3", "e")
        await console.shows("Edit job 1")
        for name, (text, complaint) in wrong.items():
            right = console.app.screen._typed()[name]
            await set_field(console, name, text)

            await console.press("f2")

            await console.shows(complaint)
            assert console.find(f"#{name}").has_class("-wrong"), name
            await set_field(console, name, right)
        await set_field(console, "url", URL)
        await console.press("escape")
        await console.shows("changed, not saved: esc again drops it")
        await console.press("escape")
        await console.hides("Edit job 1")
    assert queue.store.reads.counts().due == 0


async def test_a_url_pasted_over_two_lines_is_whole_and_a_toast_says_so(queue: Queue):
    async with running(queue) as console:
        await console.press("n")
        await console.shows("New job")
        await set_field(
            console, "url", "http://a.example/v1/orders/\r\n     8812?x=1\n"
        )
        await console.toasts("pasted over 2 lines: they are joined into one")
        await console.press("f2")
        await console.toasts("job 1 enqueued")

    assert queue.of(1).url == "http://a.example/v1/orders/8812?x=1"


@pytest.mark.mostly_slow(1)
@pytest.mark.parametrize(
    ("headers", "complaint"),
    [
        ("X-A: 1\nX-B: 2\n\nx-a: 3", "headers: line 4: x-a is in line 1 already"),
        ('{"X-A": "1", "X-a": "2"}', "headers: X-A is there twice"),
        ('{"X-A": "1", "X-A": "1"}', "headers: X-A is there twice"),
    ],
)
async def test_a_header_that_is_there_twice_is_refused(
    queue: Queue, headers: str, complaint: str
):
    async with running(queue) as console:
        await console.press("n")
        await console.shows("New job")
        await set_field(console, "url", URL)
        await set_field(console, "headers", headers)
        await console.press("f2")
        await console.shows(complaint)
        assert console.find("#headers").has_class("-wrong")
    assert queue.store.reads.counts().due == 0


async def test_what_cannot_be_shown_survives_the_edit_of_something_else(queue: Queue):
    body = b'{"a": "\x1b[31m\xff\x00"}\r\n'
    queue.failed("http://old.example.com/v1", body=body)
    async with running(queue) as console:
        await console.press("3", "e")
        await console.shows("body: holds characters that cannot be shown")
        assert "\x1b" not in console.find("#body", TextArea).text
        await set_field(console, "url", URL)
        await console.press("f2")
        await console.toasts("requeued as job 2")

    assert queue.of(2).body == body


async def test_a_body_too_long_to_edit_is_kept(queue: Queue):
    body = b"x" * 200_000
    queue.failed(body=body)
    async with running(queue) as console:
        await console.press("3", "e")
        await console.shows("body: 195.3 KB: too long to edit here, it is kept")
        await set_field(console, "url", URL)
        await console.press("f2")
        await console.toasts("requeued as job 2")

    assert queue.of(2).body == body


async def test_a_job_that_changed_meanwhile_is_not_edited_and_the_form_stays(
    queue: Queue,
):
    job = queue.later("http://old.example.com/v1")
    async with running(queue) as console:
        await console.press("1", "e")
        await console.shows("Edit job 1")
        await set_field(console, "url", URL)
        queue.finish(job)

        await console.press("f2")

        await console.shows("changed since you looked: now it has succeeded")
        assert console.find("#url", Input).value == URL
    assert queue.of(job).url == "http://old.example.com/v1"


async def test_enter_goes_on_and_never_saves(queue: Queue):
    async with running(queue) as console:
        await console.press("n")
        await console.shows("New job")
        before = console.app.focused.id

        await console.press("enter")

        assert (before, console.app.focused.id) == ("http_method", "url")
    assert queue.store.reads.counts().due == 0


MULTIPART = b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\none\r\n--b--\r\n"
EDITS = {
    "crlf": (MULTIPART, "one", "two", MULTIPART.replace(b"one", b"two")),
    "a line more": (b"a\r\nb\r\n", "a", "a\nc", b"a\r\nc\r\nb\r\n"),
    "tabs": (b'{\n\t"a":\t1\n}', "1", "2", b'{\n\t"a":\t2\n}'),
    "no text": (b"\xff\x00\n1\n\x1b[m", "1", "2", b"\xff\x00\n2\n\x1b[m"),
    "mark": ("\ufeff1\n".encode(), "1", "2", "\ufeff2\n".encode()),
    "mixed": (b"a\r\n1\nb\r\n\n", "1", "2", b"a\r\n2\nb\r\n\n"),
    "one line": (b"\x07a \xffb 1\r", "1", "2", b"\x07a \xffb 2\r"),
}


@pytest.mark.mostly_slow(2)
@pytest.mark.parametrize("name", EDITS)
async def test_an_edited_body_keeps_all_that_was_not_edited(queue: Queue, name: str):
    body, old, new, edited = EDITS[name]
    queue.later(body=body)
    async with running(queue) as console:
        await console.press("1", "e")
        await console.shows("Edit job 1")
        area = console.find("#body", TextArea)
        assert "\r" not in area.text
        area.load_text(area.text.replace(old, new, 1))
        await console.press("f2")
        await console.toasts("edited in place")

    assert queue.of(1).body == edited


@pytest.mark.mostly_slow(1)
@pytest.mark.parametrize(
    ("body", "old", "new", "why"),
    [
        (b"a\r\nb\nc", "b", "b\nb", "body: a new line among CRLF and LF ends"),
        (b"a\x1bb", "a␛b", "b␛a", r"body: would lose \x1b, not shown"),
        (b"1\n\xff 2", "1\n\\xff 2", "\\xff", r"body: would lose \xff, not shown"),
    ],
)
async def test_what_would_need_a_guess_is_refused_and_the_form_stays(
    queue: Queue, body: bytes, old: str, new: str, why: str
):
    queue.later(body=body)
    async with running(queue) as console:
        await console.press("1", "e")
        await console.shows("Edit job 1")
        area = console.find("#body", TextArea)
        area.load_text(area.text.replace(old, new, 1))
        await console.press("f2")
        await console.shows(f"{why}: use sq-console edit")
    assert queue.of(1).body == body


async def test_the_form_says_what_is_not_to_be_seen(queue: Queue):
    queue.later(body=MULTIPART)
    queue.later(body=b"a\r\nb\n")
    async with running(queue) as console:
        await console.press("1", "e")
        await console.shows("body: its lines end in CRLF, new ones will too")
        await console.press("escape", "j", "e")
        await console.shows("body: some lines end in CRLF, some in LF; each is kept")


async def test_headers_and_url_keep_what_was_not_edited(queue: Queue):
    headers = '{"X-Tab": "a\\tb", "X-Bar": "a\\u0085b", "X-Old": "1"}'
    queue.later("http://a.example/\u200bx?n=1", headers=headers)
    async with running(queue) as console:
        await console.press("1", "e")
        await console.shows("Edit job 1")
        for name, kind in (("url", "value"), ("headers", "text")):
            field = console.find(f"#{name}")
            setattr(field, kind, getattr(field, kind).replace("1", "2"))
        await console.press("f2")
        await console.toasts("edited in place")

    edited = queue.of(1)
    assert edited.url == "http://a.example/\u200bx?n=2"
    assert json.loads(edited.headers) == {
        "X-Tab": "a\tb",
        "X-Bar": "a\u0085b",
        "X-Old": "2",
    }
