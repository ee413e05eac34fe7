"""No verb prints a secret that it is not asked for, nor writes a mask back."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.run_program import Done
from tests.secret_text import BODY, HEADERS, HUSH, PLACES, URL, furnish
from tests.ui.queue import Queue

Sq = Callable[..., Done]
VERBS = ("ls", "show 5", "tail", "stats", "processors", "retry 5", "kill 1 2")


@pytest.fixture
def full(folder: Path) -> Iterator[Queue]:
    """Jobs with secrets in every field."""
    queue = Queue(folder / "queue.sqlite")
    queue.processor()
    yield queue
    queue.store.close()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("as_json", ["", "--json"])
@pytest.mark.parametrize("verb", VERBS)
def test_no_verb_prints_a_secret(
    sq: Sq, full: Queue, verb: str, as_json: str, place: str
):
    furnish(full, PLACES[place])

    done = sq(*verb.split(), *as_json.split())

    assert done.code == 0, done.err
    assert HUSH not in done.out + done.err


@pytest.mark.parametrize("as_json", ["", "--json"])
def test_what_is_shown_says_where_a_secret_was(sq: Sq, full: Queue, as_json: str):
    furnish(full)

    shown = sq("show", "5", *as_json.split()).out

    url = "http://***@a.example.com/x?page=2&token=***&api%5Fkey=***#sig=***"
    assert url in shown
    assert "Bearer" not in shown
    assert "seen" in shown
    assert "1.10" in shown


@pytest.mark.parametrize("as_json", ["", "--json"])
def test_secrets_are_shown_when_asked_for(sq: Sq, full: Queue, as_json: str):
    job = furnish(full)

    done = sq("show", str(job), "--show-secrets", *as_json.split())

    assert "***" not in done.out
    assert f"Bearer {HUSH}" in done.out
    if as_json:
        (entry,) = done.entries
        assert (entry["url"], entry["body"]) == (URL, BODY)
        assert URL in entry["log"][0]["msg"]
    else:
        assert f"post {URL}\n" in done.out


def test_an_edit_keeps_the_secrets_and_its_log_masks_them(sq: Sq, full: Queue):
    furnish(full)

    done = sq("edit", "1", "--url", f"http://b.example.com/?key={HUSH}&a=1")

    assert HUSH not in done.out + done.err
    edited = full.of(1)
    assert edited.url == f"http://b.example.com/?key={HUSH}&a=1"
    assert (edited.headers, edited.body) == (HEADERS, BODY.encode())
    (msg,) = full.messages(1)
    assert msg.endswith("-> http://b.example.com/?key=***&a=1")
    assert HUSH not in msg


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (("--url", "http://***@a.example.com/"), "url"),
        (("--url", "http://a.example.com/?token=***"), "url"),
        (("--header", "Authorization: ***"), "headers"),
        (("--body", '{"password": "***"}'), "body"),
    ],
)
def test_a_mask_is_not_written_back(
    sq: Sq, full: Queue, given: tuple[str, str], field: str
):
    furnish(full)
    before = full.of(1)

    done = sq("edit", "1", *given)

    assert (done.code, done.out) == (2, "")
    assert f"the {field} has *** in the place of a secret" in done.err
    assert "--show-secrets" in done.err
    assert full.of(1) == before
    url = given[1] if field == "url" else "http://a.example.com/"
    more = () if field == "url" else given
    assert sq("enqueue", "post", url, *more).code == 2


def test_a_search_is_for_the_real_text(sq: Sq, full: Queue):
    furnish(full)

    found = sq("ls", "--text", HUSH, "--json").entries

    assert [entry["id"] for entry in found] == [5, 4, 3, 2, 1]


def test_a_refusal_by_the_database_gives_nothing_away(sq: Sq, full: Queue):
    furnish(full)
    full.store.session.execute(
        "CREATE TRIGGER guard BEFORE UPDATE ON queued_job BEGIN"
        f" SELECT RAISE(ABORT, 'not http://h/?token={HUSH}'); END"
    )

    for as_json in ((), ("--json",)):
        done = sq("retry", "5", *as_json)
        assert done.code == 1
        assert "not http://h/?token=***" in done.out + done.err
        assert HUSH not in done.out + done.err


def test_a_header_without_its_colon_is_named_without_its_value(sq: Sq):
    done = sq("enqueue", "get", "http://h/", "--header", f"Authorization Bearer {HUSH}")

    assert done.code == 2
    assert "'Authorization ***' is not Name: value" in done.err


@pytest.mark.parametrize("as_json", ["", "--json"])
def test_a_header_that_is_no_string_keeps_its_secret(sq: Sq, full: Queue, as_json: str):
    job = full.pending(headers=f'{{"X-Config": {{"password": "{HUSH}", "page": 2}}}}')

    shown = sq("show", str(job), *as_json.split()).out

    assert HUSH not in shown
    assert "page" in shown


@pytest.mark.parametrize("as_json", ["", "--json"])
@pytest.mark.parametrize(
    "verb",
    [
        *("stats", "stats --since 2h", "activity", "hold", "processors"),
        *("bulk ls", "bulk show 1", "bulk stop 1", "resume --all-holds"),
    ],
)
def test_no_secret_of_names_reasons_and_rests_of_urls_is_printed(
    sq: Sq, full: Queue, verb: str, as_json: str
):
    """Reasons are pasted, hosts and names are whatever somebody made of them."""
    furnish(full)
    said = f"see {URL}"
    full.processor(said, id=78)
    full.failed(f"http://a.example.com/{URL}", last_response=f"no {URL}")
    hold = {"host": said.lower(), "who": said, "why": said}
    full.insert("queued_job_hold", **hold)
    full.insert("queued_job_activity", who=said, action="hold", subject=said, note=said)
    full.insert("queued_job_lost_processor", id=5, name=said, version="1")
    full.insert(
        "queued_job_bulk",
        verb="edit",
        who=said,
        why=said,
        wanted=json.dumps({"wanted": {"host": said}}),
        arguments=json.dumps({"url_from": said, "url_to": "x"}),
        max_id=9,
        worker=said,
        error=said,
        stopped_by=said,
    )

    done = sq(*verb.split(), *as_json.split())

    assert "hush" not in done.out + done.err
