"""Secrets in every field that may hold one, and a queue that is full of them."""

from tests.ui.queue import Queue

HUSH = "hush77"
URL = (
    f"http://eve:{HUSH}@a.example.com/x?page=2&token={HUSH}&api%5Fkey={HUSH}#sig={HUSH}"
)
PLACES = {
    "userinfo": f"http://eve:{HUSH}@a.example.com/x",
    "query": f"http://a.example.com/x?token={HUSH}&page=2",
    "fragment": f"http://a.example.com/x#access_token={HUSH}",
    "long": f"http://eve:{HUSH * 100}@a.example.com/x",
    "inside": f"http://a.example.com/?to=http%3A%2F%2Fu%3A{HUSH}%40h%2F%3Fkey%3D{HUSH}",
}
HEADERS = (
    f'{{"Authorization": "Bearer {HUSH}", "X-Api-Key": "{HUSH}", "X-Seen": "seen",'
    f' "Referer": "{URL}"}}'
)
BODY = f'{{"order": 1.10, "n": {{"password": "{HUSH}"}}, "callback": "{URL}"}}'
ANSWER = f'{{"error": "no", "access_token": "{HUSH}", "see": "{URL}"}}'


def furnish(queue: Queue, url: str = URL) -> int:
    """Jobs in every state; the id of the one that failed, which has a log."""
    fields = {
        "url": url,
        "headers": HEADERS,
        "body": BODY,
        "last_response": ANSWER,
        "last_error": f"refused by {url}"[:250],
    }
    queue.pending(**fields)
    queue.running(**fields)
    queue.succeeded(**fields)
    queue.killed(**fields)
    job = queue.failed(**fields)
    call = {"attempt": 1, "processor": "web2:4711"}
    queue.log(job, f"Calling job with method post on url {url} (timeout 60)", **call)
    queue.log(
        job,
        f"Job failed permanently: {ANSWER}",
        event="failed",
        status_code=500,
        **call,
    )
    queue.log(job, f"Job edited by ops@web1: url {url} -> {url}", actor="ops@web1")
    return job
