"""The verb `init`, which makes the tables."""

from dataclasses import asdict, replace

import click

from sq_console.cli.common_options import (
    common_flags,
    json_flag,
    read_settings,
    store_of,
)
from sq_console.cli.output import print_error, print_findings, print_json, print_line
from sq_console.errors import StoreRefused
from sq_console.model import Finding, SchemaReport
from sq_console.store import Store


@click.command("init")
@json_flag
@common_flags
def create_tables(as_json: bool, config: str | None) -> int:
    """Make the tables that are missing; harmless the second time."""
    settings = read_settings(config)
    with store_of(settings, create=True) as store:
        report = _create_tables(store)
        wrong = [
            _without_advice_to_init(found)
            for found in store.admin.check()
            if not found.ok
        ]
    if as_json:
        print_json(
            asdict(report) | {"findings": [asdict(finding) for finding in wrong]}
        )
        return 1 if wrong else 0
    if report.created:
        print_line(f"{settings.db.label}: made {', '.join(report.created)}")
    if report.present:
        nothing = "" if report.created else f"{settings.db.label}: nothing to make, "
        print_line(f"{nothing}there already: {', '.join(report.present)}")
    print_findings(wrong)
    return 1 if wrong else 0


def _without_advice_to_init(finding: Finding) -> Finding:
    """Return *finding* without the advice to run `init`, which has just run."""
    return replace(finding, advice="") if "init`" in finding.advice else finding


def _create_tables(store: Store) -> SchemaReport:
    """Make the tables. Tables that differ from ours are left alone, and `check` names
    what they lack.
    """
    try:
        return store.admin.create_schema()
    except StoreRefused as error:
        print_error(str(error))
        return SchemaReport()
