"""The variables of our sessions, set whatever the server's own settings are.

A my.cnf, a SET GLOBAL or an init_connect changes results, limits and transactions for
all who connect. Each variable with such a power over our statements stands in one
table here, and is set on connect; one that this product or version does not know is
left out.

Not set: what only makes a statement faster or slower, what only concerns tables that we
do not have, and `sql_log_bin`. Nor is a read-only session made writable: somebody
had a reason to make it so (see `mysql.read_only`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sq_console.store.engines.mysql.watchdog import Timeouts


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable, and why it must have this value."""

    name: str
    value: str
    why: str
    also_good: tuple[str, ...] = ()
    """Values that are left as they are."""
    restricted: bool = False
    """Some servers let only some users set it; else it is left as it is."""

    @property
    def assignment(self) -> str:
        """As SET takes it; a number must have no quotes."""
        bare = self.value == "DEFAULT" or self.value.replace(".", "").isdigit()
        return (
            f"{self.name} = {self.value}" if bare else f"{self.name} = '{self.value}'"
        )


_RESULTS = (
    Setting(
        "sql_mode",
        "STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION",
        "how statements are read, and that a value which does not fit is refused",
    ),
    Setting("time_zone", "+00:00", "times are in UTC"),
    Setting("timestamp", "DEFAULT", "NOW() would stand still", restricted=True),
    Setting("sql_auto_is_null", "OFF", "`id IS NULL` would find the last row inserted"),
    Setting("div_precision_increment", "4", "quotients would lose their fractions"),
    Setting("old_mode", "UTF8_IS_UTF8MB3", "statements would be read as of old"),
    Setting("sql_buffer_result", "OFF", "locking reads would go through a copy"),
    Setting("use_secondary_engine", "OFF", "a copy that lags would be read"),
    Setting(
        "explicit_defaults_for_timestamp",
        "ON",
        "TIMESTAMP columns would get an ON UPDATE of their own",
        restricted=True,
    ),
)
_LIMITS = (
    Setting("sql_safe_updates", "OFF", "an UPDATE without a key would be refused"),
    Setting("lock_wait_timeout", "86400", "our deadline for statements is the limit"),
    Setting("innodb_lock_wait_timeout", "5", "a lock is waited for in short turns"),
    Setting("net_read_timeout", "30", "a slow line would be cut off"),
    Setting("net_write_timeout", "60", "a slow line would be cut off"),
    Setting("idle_write_transaction_timeout", "0", "idle_transaction_timeout rules"),
    Setting("idle_readonly_transaction_timeout", "0", "idle_transaction_timeout rules"),
    Setting(
        "idle_transaction_timeout",
        "10",
        "a client that stopped in mid-transaction does not keep its locks",
    ),
    Setting(
        "range_optimizer_max_mem_size",
        "8388608",
        "a list of ids would become a scan that locks every row",
    ),
    Setting("optimizer_max_sel_arg_weight", "32000", "as range_optimizer_max_mem_size"),
    Setting("optimizer_max_sel_args", "16000", "as range_optimizer_max_mem_size"),
    Setting(
        "in_predicate_conversion_threshold",
        "1000",
        "a list of ids would become a join with a table",
    ),
)
# MySQL has no time for idle transactions: its time for idle connections must be short.
_TRANSACTIONS = (
    Setting("autocommit", "ON", "single statements would not be committed"),
    Setting("completion_type", "NO_CHAIN", "COMMIT would begin another, or disconnect"),
    Setting(
        "transaction_isolation",
        "READ-COMMITTED",
        "a claim would lock what it scans, and stop producers",
    ),
    Setting("tx_isolation", "READ-COMMITTED", "its name in MariaDB before 11.1"),
    Setting(
        "binlog_format",
        "ROW",
        "with STATEMENT, InnoDB refuses writes that are READ COMMITTED",
        also_good=("MIXED",),
        restricted=True,
    ),
)


def first_settings(deadlines: Timeouts) -> tuple[Setting, ...]:
    """Return the settings that also bound the query for the present values of the
    others. When the client gives a statement up, the server does so a little later.
    """
    longest = 1.5 * deadlines.statement_secs
    gives_up = "a statement that nobody waits for any more would go on"
    return (
        Setting("sql_select_limit", "18446744073709551615", "rows would be left out"),
        Setting("sql_big_selects", "ON", "max_join_size would refuse our joins"),
        Setting("max_statement_time", f"{longest:g}", gives_up),
        Setting("max_execution_time", f"{1000 * longest:.0f}", gives_up),
    )


def set_first(deadlines: Timeouts) -> str:
    """Return the statement that sets the first settings. MariaDB reads its own
    comments, and none of MySQL's of version 8.
    """
    *both, mariadb, mysql = (each.assignment for each in first_settings(deadlines))
    return f"SET SESSION {', '.join(both)} /*M! , {mariadb} */ /*!80000 , {mysql} */"


def settings(deadlines: Timeouts) -> tuple[Setting, ...]:
    """Return all other settings."""
    idle_secs = max(1, round(1.5 * deadlines.idle_secs))
    why = "a client that stands still does not keep its locks"
    idle = Setting("wait_timeout", str(idle_secs), why)
    return (*_RESULTS, *_LIMITS, idle, *_TRANSACTIONS)


def set_session(wanted: Iterable[Setting]) -> str:
    """Return the one statement that sets *wanted*."""
    return f"SET SESSION {', '.join(each.assignment for each in wanted)}"


def differing(there: Mapping[str, str], deadlines: Timeouts) -> Iterator[Setting]:
    """Yield the settings that the server knows and that have another value: *there* is
    the answer to SHOW VARIABLES.
    """
    for each in settings(deadlines):
        now = there.get(each.name)
        if now is not None and now not in (each.value, *each.also_good):
            yield each
