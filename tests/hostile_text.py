"""Text that harms a program that shows it as it stands, and a queue full of it."""

from tests.ui.queue import Queue

CORPUS = {
    "markup": "[/red] [@click=app.quit]quit[/] [link=x\x1b]l[/link] [/ %s {x} $y \\["
    "👩‍👧 🏳️‍🌈 ❤️ 日本語 한글 ﷽",
    "escapes": "\x1b[2J\x1b]0;pwned\x07\x1b]52;c;cHduZWQ=\x07\x1bP1$r\x1b\\\x1b[6n"
    + "".join(map(chr, [*range(1, 32), 127, *range(128, 160)])),
    "unseen": "\u202etxt.exe\u202c \u2066a\u2069 \u200f\u061c\ufeff\u2028\u2029"
    "a\u200bb\u00adc\u2060d \U000e0041\U000e0042 \ue000 z" + "\u0301" * 60,
}


def furnish(queue: Queue, text: str) -> int:
    """*text* wherever an application or a handler can put text; the id of the job that
    failed, which has a log.
    """
    sqlite_text = text.replace("\0", "")
    everywhere = {
        "url": f"http://{sqlite_text}/{sqlite_text}",
        "http_method": sqlite_text[:10],
        "body": text.encode("utf-8", "surrogatepass") + b"\x00\xff",
        "headers": sqlite_text,
        "last_error": sqlite_text[:200],
        "last_response": sqlite_text,
    }
    queue.pending(**everywhere)
    queue.running(**everywhere, kill_requested_by=sqlite_text)
    queue.killed(**{**everywhere, "kill_requested_by": sqlite_text})
    job = queue.failed(**everywhere)
    queue.log(job, sqlite_text, event="failed", attempt=1, processor=sqlite_text[:99])
    queue.log(job, sqlite_text, actor=sqlite_text[:99])
    queue.store.session.execute(
        "UPDATE queued_job_processor SET name = %s", (sqlite_text,)
    )
    return job
