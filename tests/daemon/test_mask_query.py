"""`[log] mask_query`: what is written about a url lacks the parameters named there;
the call, and the job's own row, have them.
"""

from pathlib import Path

import pytest

from sq_console.store import Store
from tests.cli.run_program import run_process
from tests.daemon.conftest import INI
from tests.handler import HandlerServer

TOKEN = "hush77"


@pytest.mark.parametrize(
    ("log", "shown"),
    [("[log]\nmask_query = customer, to*\n", "***"), ("", TOKEN)],
    ids=["masked", "as ever"],
)
def test_rows_and_lines_about_a_url_have_what_the_ini_says(
    folder: Path, queue: Store, handler: HandlerServer, log: str, shown: str
) -> None:
    (folder / "db.ini").write_text(INI + log)
    query = f"customer={TOKEN}&page=2"
    url = handler.url(f"/status/404?text=see%20http://h/?{query}&{query}")
    new = f"--url={url}&more=1"

    enqueued = run_process("enqueue", "post", url, cwd=folder)
    edited = run_process("edit", "1", new, cwd=folder)
    called = run_process("--once", "--log-format", "human", cwd=folder)

    assert (enqueued.code, edited.code, called.code) == (0, 0, 0)
    job = queue.reads.job(1)
    assert (job.url, TOKEN in str(job.last_response)) == (new[6:], True)
    (request,) = handler.requests
    assert query in request.target
    notes = [entry.msg for entry in queue.reads.job_log(1)]
    about = [note for note in notes if "customer=" in note]
    assert len(about) == 3  # edited, called, and the answer that repeats it
    for said in (*about, called.err):
        assert f"customer={shown}" in said
        assert (TOKEN in said) == (shown == TOKEN)
