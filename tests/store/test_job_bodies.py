"""A body is bytes: what the column holds is what is sent, shown, copied and kept,
whatever character set the column has.
"""

from dataclasses import replace

import pytest

from sq_console.config import DbSettings
from sq_console.errors import RowRefused
from sq_console.model import Job, JobFilter, NewJob, Seen
from sq_console.store import Store, open_store
from tests.store.jobs import ACTOR, ME, add, claim, enter, outcome

pytestmark = pytest.mark.mostly_slow(4)

ALL = JobFilter()
SERVERS = ["mariadb", "mysql"]
on_servers = pytest.mark.parametrize("store_settings", SERVERS, indirect=True)

CYRILLIC = "Жар".encode("cp1251")
STORED = {
    "latin1": [b"caf\xc3\xa9", b"\xe9\xff", bytes(range(256)), "😀".encode()],
    "cp1251": [CYRILLIC, b"caf\xc3\xb9"],
    "utf8mb3": ["Grüße".encode()],
    "utf8mb4": ["Grüße 😀".encode(), b"a\x00b\\'\"%s"],
    "ucs2": ["Grüße".encode("utf-16-be")],
    "utf16": ["Grüße 😀".encode("utf-16-be"), b"\xe9\xff"],
    "utf16le": ["Grüße 😀".encode("utf-16-le")],
    "utf32": ["Grüße 😀".encode("utf-32-be")],
    "binary": [bytes(range(256)), b"\xed\xa0\x80"],
}
CASES = [(charset, body) for charset, bodies in STORED.items() for body in bodies]
each_case = pytest.mark.parametrize(("charset", "body"), CASES)


def body_column(store: Store, charset: str, kind: str = "MEDIUM") -> None:
    text = "BLOB" if charset == "binary" else f"TEXT CHARACTER SET {charset}"
    store.session.execute(f"ALTER TABLE queued_job MODIFY body {kind}{text}")


def put(store: Store, body: bytes, url: str = "http://h/") -> int:
    """As an application does whose connection converts nothing."""
    return store.session.insert(
        "INSERT INTO queued_job (http_method, url, body) VALUES ('post', %s, %s)",
        (url, body),
    )


def draft(job: Job, **changes: object) -> NewJob:
    same = NewJob(job.http_method, job.url, job.body, job.headers)
    return replace(same, **changes)  # type: ignore[arg-type]


@on_servers
@each_case
def test_the_bytes_of_the_column_are_claimed_and_shown(
    store: Store, charset: str, body: bytes
):
    body_column(store, charset)
    enter(store)
    job_id = put(store, body)

    (job,) = claim(store)

    assert job.body == body
    assert store.reads.job(job_id).body == body


@on_servers
@pytest.mark.parametrize("charset", ["latin1", "utf8mb4", "utf16"])
@pytest.mark.parametrize("size", [8_192, 8_194, 65_536, 65_538, 1_000_000, 3_000_000])
def test_bodies_of_any_length_are_read_as_they_are(
    store: Store, store_settings: DbSettings, charset: str, size: int
):
    """Also one that is longer than what the server takes or makes at once."""
    pair = b"\xe9\xff" if charset != "utf8mb4" else "é".encode()
    body_column(store, charset)
    enter(store)
    body = pair * (size // 2)
    job_id = put(store, body)
    most = "SELECT @@GLOBAL.max_allowed_packet AS n"
    before = store.session.rows(most)[0]["n"]
    store.session.execute("SET GLOBAL max_allowed_packet = 1048576")
    narrow = open_store(store_settings)
    store.session.execute("SET GLOBAL max_allowed_packet = %s", (before,))

    (job,) = claim(narrow)
    shown = narrow.reads.job(job_id).body
    narrow.close()

    assert job.body == body
    assert shown == body


@on_servers
@each_case
def test_an_edit_of_something_else_keeps_the_bytes(
    store: Store, charset: str, body: bytes
):
    body_column(store, charset)
    enter(store)
    waiting, called = put(store, body), put(store, body, "http://called/")
    store.session.execute("UPDATE queued_job SET attempts = 1 WHERE id = %s", (called,))

    for job_id in (waiting, called):
        job = store.reads.job(job_id)
        store.actions.edit(Seen(job_id), draft(job, url="http://new/"), ACTOR)

    bodies = {job.url: job.body for job in claim(store)}
    assert bodies == {"http://new/": body, "http://called/": body}
    assert [
        job.body for job in map(store.reads.job, (waiting, called, called + 1))
    ] == [
        body,
        body,
        body,
    ]


@on_servers
@each_case
def test_a_body_typed_or_read_from_a_file_is_stored_as_its_bytes(
    store: Store, charset: str, body: bytes
):
    body_column(store, charset)
    (job_id,) = add(store, body=body)
    other = put(store, b"")

    store.actions.edit(Seen(other), draft(store.reads.job(other), body=body), ACTOR)

    assert store.reads.job(job_id).body == body
    assert store.reads.job(other).body == body


@on_servers
@each_case
def test_a_copy_of_a_job_that_succeeded_has_its_bytes(
    store: Store, charset: str, body: bytes
):
    body_column(store, charset)
    enter(store)
    job_id = put(store, body)
    store.outcomes.record(ME, [outcome(job) for job in claim(store)])

    copied = store.actions.retry(Seen(job_id), ACTOR)

    assert copied.new_id is not None
    assert store.reads.job(copied.new_id).body == body


@on_servers
def test_the_column_of_the_ancestor_is_read_as_bytes(store: Store):
    body_column(store, "latin1", kind="")
    enter(store)
    put(store, b"\xe9" * 65_535)

    (job,) = claim(store)

    assert job.body == b"\xe9" * 65_535


@on_servers
def test_a_body_that_would_be_padded_is_refused(store: Store):
    body_column(store, "utf16")
    job_id = put(store, b"ab")

    with pytest.raises(RowRefused, match="cannot hold a body of 3 bytes as it is"):
        add(store, body=b"abc")
    with pytest.raises(RowRefused, match="cannot hold a body of 3 bytes as it is"):
        changed = draft(store.reads.job(job_id), body=b"abc")
        store.actions.edit(Seen(job_id), changed, ACTOR)

    assert [job.id for job in store.reads.jobs(ALL, 10).jobs] == [job_id]
    assert store.reads.job(job_id).body == b"ab"


@on_servers
def test_urls_and_headers_are_texts_and_are_converted(store: Store):
    store.session.execute("ALTER TABLE queued_job CONVERT TO CHARACTER SET latin1")
    store.session.execute(
        "ALTER TABLE queued_job MODIFY headers TEXT CHARACTER SET latin1"
    )
    enter(store)
    add(store, url="http://h/é", headers='{"X": "ü"}')

    (job,) = claim(store)

    assert (job.url, job.headers) == ("http://h/é", '{"X": "ü"}')


@on_servers
@pytest.mark.parametrize(
    ("charset", "codec"),
    [("latin1", "cp1252"), ("cp1251", "cp1251"), ("utf16", "utf-16-be")]
    + [(charset, "utf-8") for charset in ("utf8mb3", "utf8mb4", "binary")],
)
def test_a_job_says_how_its_body_may_be_read(store: Store, charset: str, codec: str):
    body_column(store, charset)

    assert store.reads.job(put(store, b"ab")).body_codec == codec
