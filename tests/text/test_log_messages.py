"""The sentences of the log, literally: people grep for them."""

import ast
from pathlib import Path

import sq_console
from sq_console.text import log_messages

PACKAGE = Path(sq_console.__file__).parent


def test_the_ancestors_five_sentences_are_word_for_word_the_same() -> None:
    url = "http://something.example.com/somewhere"

    assert [
        log_messages.calling(7, "post", url, 120),
        log_messages.succeeded(7, "pithy"),
        log_messages.failed_permanently(7, "no such thing"),
        log_messages.failed_temporarily(7, "busy"),
        log_messages.timed_out(7),
    ] == [
        f"[JOBID 7] Calling job with method post on url {url} (timeout 120)",
        "[JOBID 7] Job succeeded: pithy",
        "[JOBID 7] Job failed permanently: no such thing",
        "[JOBID 7] Job failed temporarily: busy",
        "[JOBID 7] Job failed due to timeout",
    ]


def test_our_own_sentences_begin_as_the_ancestors_do() -> None:
    assert log_messages.killed(7, "ada@host") == "[JOBID 7] Job killed by ada@host"
    assert log_messages.noted(7, "given back") == "[JOBID 7] given back"


def test_the_log_does_not_keep_credentials_of_a_url() -> None:
    line = log_messages.calling(7, "get", "http://user:hunter2@example.com/", 60)

    assert line == (
        "[JOBID 7] Calling job with method get"
        " on url http://***@example.com/ (timeout 60)"
    )


def test_nothing_else_in_the_package_writes_the_prefix() -> None:
    writers = {
        path.name
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.startswith("[JOBID")
    }

    assert writers == {"log_messages.py"}
