"""How fast the tables grow, what a year of that would take, and whether anything is
deleted.
"""

from datetime import timedelta

from sq_console.model import Finding, Retention
from sq_console.rules.upkeep.growth import Growth, growth_of
from sq_console.store import Store
from sq_console.text.humanize import spoken_duration

_DAYS = 7.0


def growth_findings(store: Store, retention: Retention) -> list[Finding]:
    """Return findings about growth and retention; they are no faults."""
    since = store.reads.now() - timedelta(days=_DAYS)
    growth = growth_of(store.reads.table_sizes(), store.reads.new_ids(since), _DAYS)
    findings = [] if growth is None else [Finding(True, _growth_text(growth))]
    return [*findings, Finding(True, _retention_text(retention))]


def _growth_text(growth: Growth) -> str:
    a_day, a_year = growth.bytes_a_day, 365 * growth.bytes_a_day
    return (
        f"growth about {growth.jobs_a_day:,.0f} jobs a day within the last {_DAYS:.0f}"
        f" days, {_size(growth.bytes_of_job)} each with its log: {_size(a_day)} a day,"
        f" {_size(a_year)} a year if nothing is deleted; {_size(growth.bytes_now)} now"
    )


def _retention_text(retention: Retention) -> str:
    if not retention.is_on:
        return "retention is off: nothing is deleted; see [retention] in db.example.ini"
    kept = {
        name: getattr(retention, name)
        for name in ("succeeded", "failed", "killed", "set_aside", "log", "activity")
    }
    said = [
        f"{name.replace('_', ' ')} {'for ever' if secs is None else _age(secs)}"
        for name, secs in kept.items()
    ]
    return f"retention: {', '.join(said)}"


def _age(secs: float) -> str:
    days = secs / 86_400
    return f"{days:,.0f} d" if days >= 1 else spoken_duration(secs)


def _size(number: float) -> str:
    """Return `1.1 KB`, `23 MB`, `3.4 GB`: powers of ten, as disks are sold."""
    for unit in ("bytes", "KB", "MB", "GB"):
        if number < 1_000:
            return f"{number:,.3g} {unit}"
        number /= 1_000
    return f"{number:,.3g} TB"
