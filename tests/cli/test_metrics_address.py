"""`check` says who reaches the metrics."""

import pytest

from sq_console.cli.checks.metrics_address import metrics_findings
from sq_console.config import DbSettings, ListenAddress, MetricsSettings, Settings
from sq_console.model import Finding


def found(listen: ListenAddress | None) -> list[Finding]:
    return metrics_findings(Settings(DbSettings(), metrics=MetricsSettings(listen)))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_on_loopback_only_this_machine_reaches_them(host: str) -> None:
    (finding,) = found(ListenAddress(host, 9108))

    assert finding.ok
    assert "only this machine" in finding.text


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "web1.example.com"])
def test_elsewhere_who_reaches_them_is_noted(host: str) -> None:
    (finding,) = found(ListenAddress(host, 9108))

    assert finding.ok, "a scraper may be elsewhere"
    assert "who reaches it may read" in finding.text


def test_without_the_extra_it_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "sq_console.cli.checks.metrics_address.find_spec", lambda name: None
    )

    (finding,) = found(ListenAddress("127.0.0.1", 9108))

    assert not finding.ok
    assert finding.advice == "pip install 'sq-console[metrics]'"


def test_nothing_is_said_where_nothing_listens() -> None:
    assert found(None) == []
