"""The request of a job on a line: host and path as two texts, or method and url as one.

The host is without login and without the port that its scheme has anyway, since nearly
all have it; a path is cut at its end.
"""

from collections import defaultdict
from collections.abc import Iterable

from sq_console.model import JobSummary
from sq_console.text.redact import redact_url
from sq_console.ui.content.lines import Line, Span, Tone, foreign
from sq_console.ui.terminal.cells import cut, cut_middle, left

_DEFAULT_PORTS = {"http://": ":80", "https://": ":443"}


def host_text(job: JobSummary) -> str:
    """Return the host of *job*: `api.example.com`, `api.example.com:8080`; "" for a url
    that no processor calls.
    """
    scheme, host = _scheme_of(job.url), job.host
    return foreign(host.removesuffix(_DEFAULT_PORTS.get(scheme, " "))).text


def host_name(job: JobSummary) -> str:
    """Return the host without any port."""
    return foreign(_without_port(job.host)).text


def names_of_hosts(hosts: Iterable[str]) -> dict[str, str]:
    """Return what each of *hosts* is called, still foreign: its name without the port,
    where no other has that name.
    """
    alike: defaultdict[str, set[str]] = defaultdict(set)
    for host in hosts:
        alike[_without_port(host)].add(host)
    return {
        host: name if len(named) == 1 else host
        for name, named in alike.items()
        for host in named
    }


def _without_port(host: str) -> str:
    name, _, port = host.rpartition(":")
    return name if name and port.isdecimal() else host


def path_text(job: JobSummary) -> str:
    """Return path and query; all of a url without host."""
    url = redact_url(job.url)
    scheme = _scheme_of(url)
    if not scheme or not job.host:
        return foreign(url).text
    rest = url[len(scheme) :]
    starts = [at for mark in "/?#" if (at := rest.find(mark)) >= 0]
    return foreign(rest[min(starts) :]).text if starts else "/"


def target_text(job: JobSummary, width: int) -> str:
    """Return `api.example.com /v1/orders` in at most *width* cells."""
    return cut(f"{host_name(job)} {path_text(job)}".strip(), width)


def request_line(job: JobSummary, width: int) -> Line:
    """Return `POST   api.example.com/v1/orders/8812`, a long url cut in its middle."""
    method = foreign(job.http_method.strip().upper(), Tone.DIM, 10)
    room = max(0, width - 7)
    url = foreign(redact_url(job.url).removeprefix("http://"))
    url = Span(cut_middle(url.text, room))
    return Span(left(method.text, 6), method.tone), Span(" "), url


def _scheme_of(url: str) -> str:
    start = url[:8].lower()
    return next((scheme for scheme in _DEFAULT_PORTS if start.startswith(scheme)), "")
