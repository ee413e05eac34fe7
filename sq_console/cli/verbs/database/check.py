"""The verb `check`: are settings, link and tables right? What it looks at is in
`cli/checks` and, for the tables, in the store's `Admin`.
"""

from dataclasses import asdict

import click

from sq_console.cli.checks.db_link import link_findings
from sq_console.cli.checks.home_check import home_findings
from sq_console.cli.checks.schema_finding import schema_findings
from sq_console.cli.checks.settings_check import settings_findings
from sq_console.cli.checks.table_growth import growth_findings
from sq_console.cli.common_options import (
    common_flags,
    json_flag,
    read_settings,
    store_of,
)
from sq_console.cli.output import print_findings, print_json
from sq_console.config import Settings
from sq_console.errors import StoreRefused
from sq_console.model import Finding
from sq_console.store import Store


@click.command("check")
@json_flag
@common_flags
def check_database(as_json: bool, config: str | None) -> int:
    """Look whether settings and tables are right."""
    settings = read_settings(config)
    findings = settings_findings(settings)
    if not as_json:
        print_findings(findings)
    with store_of(settings, any_schema=True) as store:
        found = _database_findings(store, settings)
    everything = [*findings, *found]
    good = all(finding.ok for finding in everything)
    if as_json:
        entries = [_finding_entry(finding) for finding in everything]
        print_json({"ok": good, "findings": entries})
    else:
        print_findings(found)
    return 0 if good else 1


def _database_findings(store: Store, settings: Settings) -> list[Finding]:
    tables = store.admin.check()
    return [
        Finding(True, f"connected to {store.session.server}"),
        *link_findings(store.session.link()),
        *schema_findings(store),
        *tables,
        *_findings_in_tables(store, settings),
    ]


def _findings_in_tables(store: Store, settings: Settings) -> list[Finding]:
    """Return what only tables can tell; where they are not ours, they are named."""
    try:
        return [*home_findings(store), *growth_findings(store, settings.retention)]
    except StoreRefused:
        return []


def _finding_entry(finding: Finding) -> dict[str, object]:
    advice = "" if finding.ok else finding.advice
    return asdict(finding) | {"advice": advice}
