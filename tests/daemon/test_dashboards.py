"""The dashboard and the alerts of `sq-console dashboards`: each query names metrics,
labels and values that a daemon really serves, and each alert what to do.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest
import yaml

from sq_console.cli import console
from sq_console.daemon.metrics.families import (
    DURATION,
    FAMILIES,
    OUTCOMES,
    QUEUE_STATES,
    STATES,
    VERDICTS,
)
from sq_console.store import Store
from sq_console.ui import keys
from tests.cli.run_program import run_process, running
from tests.daemon.metrics_page import LISTEN, address_of, sample, samples
from tests.waiting import eventually

LABELS_OF_TARGETS = {"job", "instance"}
"""Prometheus gives them to each sample."""
SERVED = {family.name: {*family.labels} for family in FAMILIES} | {
    f"{DURATION}_bucket": {"le"},
    f"{DURATION}_count": set(),
    f"{DURATION}_sum": set(),
}
del SERVED[DURATION]
"""Name of a sample -> its labels."""
VALUES = {
    "outcome": {*OUTCOMES},
    "state": {*STATES, *QUEUE_STATES},
    "verdict": {*VERDICTS},
    "job": {"$job"},
}
_SELECTOR = re.compile(r"\b(sq_\w+)(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'(\w+)\s*(=~|=|!=|!~)\s*"([^"]*)"')
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")
_WORDS_OF_LABELS = re.compile(r"\$labels\.(\w+)|\{\{(\w+)\}\}")


@cache
def printed(kind: str) -> str:
    done = run_process("dashboards", kind, cwd=Path(__file__).parent)
    assert (done.code, done.err) == (0, "")
    return done.out


def rules() -> list[dict]:
    (group,) = yaml.safe_load(printed("alerts"))["groups"]
    return group["rules"]


def panels() -> list[dict]:
    return json.loads(printed("grafana"))["panels"]


def wrongs(query: str) -> Iterator[str]:
    """What is wrong with a query of ours."""
    found = _SELECTOR.findall(query)
    if not found:
        yield f"no metric: {query}"
    for name, matchers in found:
        if name in SERVED:
            yield from _wrong_matchers(name, matchers)
        else:
            yield f"no such metric: {name}"
    labels = LABELS_OF_TARGETS.union(*(SERVED.get(name, set()) for name, _ in found))
    for grouping in _GROUPING.findall(query):
        for label in {*filter(None, re.split(r"[,\s]+", grouping))} - labels:
            yield f"grouped by {label}, which none of them has: {query}"


def _wrong_matchers(name: str, matchers: str) -> Iterator[str]:
    if _MATCHER.sub("", matchers).strip(", "):
        yield f"not understood: {matchers}"
    for label, _, wanted in _MATCHER.findall(matchers):
        if label not in SERVED[name] | LABELS_OF_TARGETS:
            yield f"{name} has no label {label}"
        if not {*wanted.split("|")} <= VALUES.get(label, set()):
            yield f"{label} is never {wanted}"


def wrong_labels(text: str, query: str) -> set[str]:
    """Labels that *text* shows, and that the result of *query* does not have."""
    shown = {one or other for one, other in _WORDS_OF_LABELS.findall(text)} - {"$value"}
    grouped = re.findall(r"\bby\s*\(([^)]*)\)", query)
    if grouped:
        return shown - {label for each in grouped for label in re.split(r"\W+", each)}
    labels = LABELS_OF_TARGETS.union(
        *(SERVED[name] for name, _ in _SELECTOR.findall(query))
    )
    return shown - labels


@pytest.mark.parametrize(
    "query",
    [
        "sq_no_such_total > 0",
        'sq_outcomes_total{outcome="fialed"}',
        'sq_outcomes_total{host="a"}',
        "sum by (host) (sq_slots)",
        "rate(sq_call_duration_seconds[5m])",
        "up == 0",
    ],
)
def test_a_query_of_what_is_not_served_is_noticed(query: str) -> None:
    assert [*wrongs(query)] != []


def test_each_alert_asks_for_what_is_served_and_says_what_to_do() -> None:
    verbs = set(console.list_commands(click.Context(console)))
    bound = {
        key
        for bindings in vars(keys).values()
        if isinstance(bindings, list)
        for binding in bindings
        for key in binding.key.split(",")
    }
    found = rules()
    assert len({rule["alert"] for rule in found}) == len(found) > 15
    for rule in found:
        query, notes = rule["expr"], rule["annotations"]
        assert [*wrongs(query)] == [], rule["alert"]
        assert wrong_labels(notes["summary"], query) == set(), rule["alert"]
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        named = re.findall(r"`sq-console ([\w-]+)", notes["runbook"])
        pressed = re.findall(r"[Kk]ey `([^`]+)`", notes["runbook"])
        assert named or pressed, f"{rule['alert']}: what is to be done?"
        assert {*named} <= verbs, rule["alert"]
        assert {*pressed} <= bound, rule["alert"]


def test_each_panel_asks_for_what_is_served() -> None:
    asked: set[str] = set()
    for panel in panels():
        for target in panel["targets"]:
            query = target["expr"].replace("$__rate_interval", "5m")
            assert [*wrongs(query)] == [], panel["title"]
            assert wrong_labels(target["legendFormat"], query) == set(), panel["title"]
            asked |= {name for name, _ in _SELECTOR.findall(query)}
    shown = {re.sub("_bucket$", "", name) for name in asked}
    assert shown == {family.name for family in FAMILIES}, "each metric is shown"


def test_panels_do_not_lie_on_each_other() -> None:
    places = [panel["gridPos"] for panel in panels()]
    cells = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


@pytest.mark.slow
def test_what_is_said_to_be_served_is(folder: Path, queue: Store) -> None:
    """A daemon that has done nothing yet serves every name but those of hosts, and
    every value that the queries ask for.
    """
    with running("--no-ui", *LISTEN, cwd=folder) as daemon:
        at = address_of(daemon)
        eventually(lambda: sample(at, "sq_processors", state="running") == 1)
        eventually(lambda: sample(at, "sq_database_bytes"))
        found = samples(at)
    names = {name for name, _ in found if name.startswith("sq_")}
    hosts = {name for name, labels in SERVED.items() if "host" in labels}
    assert names == SERVED.keys() - hosts
    for label in ("outcome", "state", "verdict"):
        served = {
            value for _, labels in found for name, value in labels if name == label
        }
        assert served == VALUES[label]
    for name, labels in found:
        if name in SERVED:
            assert {label for label, _ in labels} == SERVED[name]
