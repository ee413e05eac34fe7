"""The verb `check`: are settings, link and tables right? What it looks at is in
`cli/checks` and, for the tables, in the store's `Admin`.
"""

from collections.abc import Sequence
from dataclasses import asdict

import click

from sq_console.cli.checks.db_link import link_findings
from sq_console.cli.checks.home_check import ancestor_findings, home_findings
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
from sq_console.model import Finding, Role
from sq_console.store import Store


@click.command("check")
@click.option(
    "--as",
    "names",
    type=click.Choice([role.value for role in Role]),
    multiple=True,
    help="What this database user is for, instead of processing; may be repeated.",
)
@json_flag
@common_flags
def check_database(names: Sequence[str], as_json: bool, config: str | None) -> int:
    """Look whether settings, tables and privileges are right."""
    settings = read_settings(config)
    findings = settings_findings(settings)
    if not as_json:
        print_findings(findings)
    with store_of(settings, any_schema=True) as store:
        found = _database_findings(store, settings, _roles(names, settings))
    everything = [*findings, *found]
    good = all(finding.ok for finding in everything)
    if as_json:
        entries = [_finding_entry(finding) for finding in everything]
        print_json({"ok": good, "findings": entries})
    else:
        print_findings(found)
    return 0 if good else 1


def _roles(names: Sequence[str], settings: Settings) -> list[Role]:
    """Return what the user is for; a processor with `[retention]` prunes too."""
    roles = [Role(name) for name in names] or [Role.PROCESSOR]
    if Role.PROCESSOR in roles and settings.retention.is_on:
        roles.append(Role.PRUNER)
    return roles


def _database_findings(
    store: Store, settings: Settings, roles: Sequence[Role]
) -> list[Finding]:
    reached = [
        Finding(True, f"connected to {store.session.server}"),
        *link_findings(store.session.link()),
    ]
    tables = store.admin.check(roles)
    if {*roles} == {Role.PRODUCER}:  # it sees no table
        return [*reached, *tables]
    return [
        *reached,
        *schema_findings(store),
        *tables,
        *_findings_in_tables(store, settings),
    ]


def _findings_in_tables(store: Store, settings: Settings) -> list[Finding]:
    """Return what only tables can tell; where they are not ours, they are named."""
    try:
        return [
            *home_findings(store),
            *ancestor_findings(store),
            *growth_findings(store, settings.retention),
        ]
    except StoreRefused:
        return []


def _finding_entry(finding: Finding) -> dict[str, object]:
    advice = "" if finding.ok else finding.advice
    return asdict(finding) | {"advice": advice}
