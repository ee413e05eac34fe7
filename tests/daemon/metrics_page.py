"""What a daemon serves at its metrics address, fetched and parsed."""

import http.client
import re
from urllib.parse import urlsplit

from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families

from tests.cli.run_program import Process
from tests.known_passwords import assert_no_password
from tests.waiting import eventually

LISTEN = ("--metrics-listen", "127.0.0.1:0")
_AT = re.compile(r"Metrics at (http://\S+)/metrics")
OPENMETRICS = "application/openmetrics-text; version=1.0.0"
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def address_of(daemon: Process) -> str:
    """host:port, as the log says it."""
    found = eventually(lambda: _AT.search(daemon.err))
    assert found
    return urlsplit(found[1]).netloc


def fetch(address: str, path: str, accept: str = "") -> tuple[int, str]:
    """The status code and the text of a page."""
    connection = http.client.HTTPConnection(address, timeout=10)
    try:
        connection.request("GET", path, headers={"Accept": accept} if accept else {})
        response = connection.getresponse()
        text = response.read().decode()
        assert_no_password(text)
        return response.status, text
    finally:
        connection.close()


def samples(address: str) -> Samples:
    """Every sample, as the official parser reads it."""
    code, text = fetch(address, "/metrics")
    assert code == 200, text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def sample(address: str, name: str, **labels: str) -> float:
    """One sample; 0 where there is none."""
    return samples(address).get((name, frozenset(labels.items())), 0.0)


def openmetrics_names(address: str) -> set[str]:
    """Names of families, as the parser of OpenMetrics reads them."""
    code, text = fetch(address, "/metrics", OPENMETRICS)
    assert code == 200, text
    return {family.name for family in parse_openmetrics(text)}
