"""`init` makes the tables; `check` looks whether settings and tables are right."""

from collections.abc import Sequence
from dataclasses import asdict, replace

import click

from sq_console.cli.common_options import (
    common_flags,
    json_flag,
    opened_with,
    read_settings,
)
from sq_console.cli.output import complain, say, say_json
from sq_console.cli.settings_check import link_findings, settings_findings
from sq_console.errors import StoreRefused
from sq_console.model import Finding, SchemaReport
from sq_console.store import Store


@click.command
@json_flag
@common_flags
def init(as_json: bool, config: str | None) -> int:
    """Make the tables that are missing; harmless the second time."""
    settings = read_settings(config)
    with opened_with(settings, create=True) as store:
        report = _created(store)
        wrong = [_not_init(found) for found in store.admin.check() if not found.ok]
    if as_json:
        say_json(asdict(report) | {"findings": [asdict(finding) for finding in wrong]})
        return 1 if wrong else 0
    if report.created:
        say(f"{settings.db.label}: made {', '.join(report.created)}")
    if report.present:
        nothing = "" if report.created else f"{settings.db.label}: nothing to make, "
        say(f"{nothing}there already: {', '.join(report.present)}")
    _print_findings(wrong)
    return 1 if wrong else 0


def _not_init(finding: Finding) -> Finding:
    """*finding* without the advice to do what has just been done."""
    return replace(finding, advice="") if "init`" in finding.advice else finding


def _created(store: Store) -> SchemaReport:
    """What was made; nothing, when there are tables that are not as ours: what they
    lack is then told by `check`.
    """
    try:
        return store.admin.create_schema()
    except StoreRefused as error:
        complain(str(error))
        return SchemaReport()


@click.command
@json_flag
@common_flags
def check(as_json: bool, config: str | None) -> int:
    """Look whether settings and tables are right."""
    settings = read_settings(config)
    findings = settings_findings(settings)
    if not as_json:
        _print_findings(findings)
    with opened_with(settings) as store:
        found = [Finding(True, f"connected to {store.session.server}")]
        found += [*link_findings(store.session.link()), *store.admin.check()]
    everything = [*findings, *found]
    good = all(finding.ok for finding in everything)
    if as_json:
        entries = [_finding_entry(finding) for finding in everything]
        say_json({"ok": good, "findings": entries})
    else:
        _print_findings(found)
    return 0 if good else 1


def _finding_entry(finding: Finding) -> dict[str, object]:
    advice = "" if finding.ok else finding.advice
    return asdict(finding) | {"advice": advice}


def _print_findings(findings: Sequence[Finding]) -> None:
    for finding in findings:
        advice = f" -> {finding.advice}" if finding.advice else ""
        say(f"ok {finding.text}" if finding.ok else f"!! {finding.text}{advice}")
