"""The verb `migrate`: tables of an older schema become ours, and no row changes its
meaning.
"""

from dataclasses import asdict

import click

from sq_console.cli.actor import current_actor
from sq_console.cli.common_options import common_flags, json_flag, read_settings
from sq_console.cli.output import (
    print_error,
    print_json,
    print_line,
    print_whole_line,
)
from sq_console.config import Settings
from sq_console.model import SCHEMA_VERSION, MigrationPlan, MigrationReport
from sq_console.store import open_migrator
from sq_console.text.humanize import plural, time_stamp

LIFT = "sq-console resume --all-holds"


@click.command("migrate")
@click.option("--dry-run", is_flag=True, help="Print the SQL and an estimate.")
@json_flag
@common_flags
def migrate_tables(dry_run: bool, as_json: bool, config: str | None) -> None:
    """Bring tables of the strings-queue, or of an older version, up to date.

    Nobody waits for it for longer than a second, and no row is rewritten. It may be
    interrupted and run again. What came from the strings-queue is held afterwards,
    until you have looked.
    """
    settings = read_settings(config)
    with open_migrator(settings.db) as migrator:
        if dry_run:
            _print_plan(settings, migrator.plan(current_actor()), as_json=as_json)
            return
        report = migrator.migrate(current_actor(), print_error)
    if as_json:
        print_json(_entry(settings, report))
    else:
        for line in _lines(settings, report, config):
            print_line(line)


def _entry(settings: Settings, report: MigrationReport) -> dict[str, object]:
    return {
        "database": settings.db.label,
        "schema_version": SCHEMA_VERSION,
        "was": report.found.described,
        **{name: value for name, value in asdict(report).items() if name != "found"},
    }


def _lines(
    settings: Settings, report: MigrationReport, config: str | None
) -> list[str]:
    label = settings.db.label
    if not report.steps:
        return [f"{label}: nothing to do, schema version {SCHEMA_VERSION}"]
    done = f"{label}: {report.found.described} brought to version {SCHEMA_VERSION}"
    if not report.is_held:
        return [done]
    lines = [done]
    if report.killed:
        jobs = plural(report.killed, "job")
        lines.append(
            f"{jobs} without retries, which the strings-queue would never have called,"
            " ended as killed"
        )
    oldest = f", oldest {time_stamp(report.oldest_due)}" if report.oldest_due else ""
    hosts = plural(report.hosts, "host")
    given = f" -c {config}" if config else ""
    lines.append(
        f"everything is held: {report.pending:,} pending{oldest}, {hosts};"
        f" look, then `{LIFT}{given}`"
    )
    return lines


def _print_plan(settings: Settings, plan: MigrationPlan, *, as_json: bool) -> None:
    if as_json:
        steps = [asdict(step) for step in plan.steps]
        secs = sum(step.secs for step in plan.steps)
        counts = {"jobs": plan.jobs, "log_rows": plan.log_rows, "secs": secs}
        print_json({"was": plan.found.described, **counts, "steps": steps})
        return
    if not plan.steps:
        print_line(f"{settings.db.label}: nothing to do, {plan.found.described}")
        return
    for step in plan.steps:
        print_line(f"-- {step.title}: about {step.secs:.1f} s; waits: {step.blocks}")
        for line in step.sql.splitlines():
            print_whole_line(line)
        print_line(";")
    total = sum(step.secs for step in plan.steps)
    print_line(
        f"-- {settings.db.label}: {plan.found.described}, about {plan.jobs:,} jobs and"
        f" {plan.log_rows:,} log rows: about {total:.0f} s; nothing was changed"
    )
