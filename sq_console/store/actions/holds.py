"""Holds: hosts, or everything, that no processor calls until the hold is lifted or ends
by itself. One job may be tried through a hold.

A host is compared as `queued_job.host` has it: lower case, with its port, without a
login. The database makes it lower case, as it does for jobs.
"""

from dataclasses import replace

from sq_console.errors import StoreRefused
from sq_console.model import (
    COUNT_CAP,
    HOLD_ALL,
    ActionResult,
    BulkRow,
    Hold,
    HoldEffect,
    JobState,
    LogEvent,
    Seen,
)
from sq_console.rules.held_hosts import host_of_url
from sq_console.store import rows
from sq_console.store.actions.activity import note_activity_if_possible
from sq_console.store.actions.job_actions import StoreActions
from sq_console.store.log_rows import LogRow, write_log
from sq_console.store.protocols import Session

COPY_HOLD = "copy"
"""`who` of the hold that a copy of a database gets (`store.home`)."""
SIMILAR = 3
"""So many hosts are named that may be meant."""

_SET = """
INSERT INTO queued_job_hold (host, who, why, since, expires_at)
VALUES (LOWER(%s), %s, %s, {now}, NULL)
{on_host_conflict} since =
    CASE WHEN queued_job_hold.expires_at <= {now} THEN {now}
         ELSE queued_job_hold.since END,
  who = %s, why = %s, expires_at = NULL"""
_SET_FOR = """
INSERT INTO queued_job_hold (host, who, why, since, expires_at)
VALUES (LOWER(%s), %s, %s, {now}, {secs_ahead})
{on_host_conflict} since =
    CASE WHEN queued_job_hold.expires_at <= {now} THEN {now}
         ELSE queued_job_hold.since END,
  who = %s, why = %s, expires_at = {secs_ahead}"""
_HOLD = """
SELECT host, who, why, since, expires_at FROM queued_job_hold
 WHERE host = LOWER(%s) AND (expires_at IS NULL OR expires_at > {now})"""
_EXPIRED = """
SELECT host, who FROM queued_job_hold WHERE expires_at <= {now} ORDER BY host LIMIT 100
"""
_LIFT = "DELETE FROM queued_job_hold WHERE host = LOWER(%s)"
_END = "DELETE FROM queued_job_hold WHERE host = %s AND expires_at <= {now}"
_OVER = "DELETE FROM queued_job_try WHERE since < {secs_ago}"
_DUE = """
SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM queued_job {use_due}
 WHERE state = 'pending' AND run_at <= {now} LIMIT %s) AS capped"""
_DUE_OF_HOST = """
SELECT COALESCE(SUM(run_at <= {now}), 0) AS n
  FROM (SELECT run_at FROM queued_job {use_host}
         WHERE state = 'pending' AND host = LOWER(%s) LIMIT %s) AS capped"""
_RUNNING = """
SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM queued_job {use_due}
 WHERE state = 'running' LIMIT %s) AS capped"""
_RUNNING_OF_HOST = """
SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM queued_job {use_host}
 WHERE state = 'running' AND host = LOWER(%s) LIMIT %s) AS capped"""
_HAS_HOST = """
SELECT 1 AS one FROM queued_job {use_host}
 WHERE state = %s AND host = LOWER(%s) LIMIT 1"""
_SIMILAR = """
SELECT host FROM queued_job {use_host}
 WHERE state = %s AND host > LOWER(%s) AND host < LOWER(%s) ORDER BY host LIMIT 1"""
_HELD_HOST_OF = """
SELECT h.host FROM queued_job AS j JOIN queued_job_hold AS h ON h.host IN (j.host, '*')
 WHERE j.id = %s AND (h.expires_at IS NULL OR h.expires_at > {now})"""
_TRY = """
INSERT INTO queued_job_try (job_id, who, since) VALUES (%s, %s, {now})
{on_job_conflict} who = %s, since = {now}"""


class StoreHolds:
    """Holds over one session. An *actor* is user@host."""

    def __init__(self, session: Session, actions: StoreActions) -> None:
        self._session = session
        self._actions = actions

    def hold(
        self, host: str, actor: str, why: str, for_secs: float | None = None
    ) -> HoldEffect:
        """Hold *host*, or everything (`HOLD_ALL`), until the hold is lifted or
        *for_secs* are over. A hold that is there already is replaced, but for its
        begin. A host that no job has is held too, and the effect says so, as it says
        when the activity refused its row: a hold at night must not depend on it.
        """
        host = host_of_url(host)
        who = self._session.fit(actor[:255], "queued_job_hold.who")
        reason = self._session.fit(why[:255], "queued_job_hold.why")
        until = f" for {for_secs:.0f} s" if for_secs is not None else ""

        def set_hold() -> str:
            if for_secs is None:
                params: tuple[object, ...] = (host, who, reason, who, reason)
                self._session.execute(_SET, params)
            else:
                params = (host, who, reason, for_secs, who, reason, for_secs)
                self._session.execute(_SET_FOR, params)
            self._note(f"{_subject(host)} held{until} by {actor}: {reason}", actor)
            return note_activity_if_possible(
                self._session, actor, "hold", jobs=0, subject=host, note=why
            )

        missing = self._session.transact(set_hold)
        return replace(self.effect_on(host), missing=missing)

    def lift(self, host: str, actor: str) -> bool:
        """Lift the hold of *host*, or of everything; return whether there was one."""
        return lift_hold(self._session, host, actor)

    def effect_on(self, host: str) -> HoldEffect:
        """Return what a hold of *host*, or of everything, does or would do."""
        host = host_of_url(host)
        is_known = host == HOLD_ALL or self._is_known(host)
        return HoldEffect(
            host,
            self._due(host),
            self._running(host),
            self._hold_of(host),
            is_known,
            () if is_known else self._similar(host),
        )

    def try_once(self, seen: Seen, actor: str) -> ActionResult:
        """Make a job due, as a retry does, and let it be called once although its host,
        or everything, is held.
        """
        return self._actions.retry_and(seen, actor, lambda it: self._enter(it, actor))

    def end_expired(self) -> int:
        """Delete holds that have ended by themselves, and entries of jobs to be tried
        that nobody has called; return how many holds.
        """
        ended = 0
        for row in self._session.rows(_EXPIRED):
            host, who = rows.as_text(row["host"]), rows.as_text(row["who"])
            if self._session.execute(_END, (host,)):
                ended += 1
                self._note(f"Hold of {_object(host)} by {who} ended by itself", None)
        self._session.execute(_OVER, (3_600,))
        return ended

    def _enter(self, retried: ActionResult, actor: str) -> ActionResult:
        job_id = retried.new_id or retried.job_id
        held = self._session.rows(_HELD_HOST_OF, (job_id,))
        if not held:
            return retried
        who = self._session.fit(actor[:255], "queued_job_try.who")
        self._session.execute(_TRY, (job_id, who, who))
        names = {rows.as_text(row["host"]) for row in held}
        what = "everything" if HOLD_ALL in names else "its host"
        message = f"{retried.message}, and called once although {what} is held"
        return ActionResult(retried.job_id, True, message, retried.new_id)

    def _hold_of(self, host: str) -> Hold | None:
        found = self._session.rows(_HOLD, (host,))
        return rows.hold(found[0]) if found else None

    def _due(self, host: str) -> int:
        most = COUNT_CAP + 1
        if host == HOLD_ALL:
            return rows.whole(self._session.rows(_DUE, (most,))[0]["n"])
        return rows.whole(self._session.rows(_DUE_OF_HOST, (host, most))[0]["n"])

    def _running(self, host: str) -> int:
        most = COUNT_CAP + 1
        if host == HOLD_ALL:
            return rows.whole(self._session.rows(_RUNNING, (most,))[0]["n"])
        return rows.whole(self._session.rows(_RUNNING_OF_HOST, (host, most))[0]["n"])

    def _is_known(self, host: str) -> bool:
        return any(
            self._session.rows(_HAS_HOST, (state.value, host)) for state in JobState
        )

    def _similar(self, host: str) -> tuple[str, ...]:
        """Return hosts with a port that are called *host*."""
        found: set[str] = set()
        for state in (JobState.PENDING, JobState.FAILED, JobState.SUCCEEDED):
            params = (state.value, f"{host}:", f"{host};")
            named = self._session.rows(_SIMILAR, params)
            found |= {rows.as_text(row["host"]) for row in named}
        return tuple(sorted(found)[:SIMILAR])

    def _note(self, msg: str, actor: str | None) -> None:
        _note(self._session, msg, actor)


def lift_hold(session: Session, host: str, actor: str) -> bool:
    """Lift the hold of *host*, or of everything; return whether there was one. Raises
    StoreRefused for that of a copy: nothing would be called all the same.
    """
    host = host_of_url(host)
    found = session.rows(_HOLD, (host,))
    if found and (hold := rows.hold(found[0])).who == COPY_HOLD:
        raise StoreRefused(f"{_object(host)} stays held: {hold.why}")
    return session.transact(lambda: _delete(session, host, actor))


def lift_spread_hold(session: Session, bulk: BulkRow) -> str | None:
    """Within a transaction: lift the hold whose due jobs *bulk* has spread. Return why
    not: one that was set since then, or for another reason, is another operator's.
    """
    host = bulk.request.wanted.host or HOLD_ALL
    found = session.rows(f"{_HOLD} {{lock}}", (host,))
    hold = rows.hold(found[0]) if found else None
    if hold is None:
        return None
    since, begun = hold.since, bulk.created_at
    is_younger = since is not None and begun is not None and since > begun
    if not is_younger and hold.why == bulk.request.why:
        _delete(session, host, bulk.who)
        return None
    return f"{_object(host)} was held anew meanwhile, and stays so"


def _delete(session: Session, host: str, actor: str) -> bool:
    was_held = bool(session.rows(_HOLD, (host,)))
    deleted = session.execute(_LIFT, (host,))
    if was_held and deleted:
        _note(session, f"Hold of {_object(host)} lifted by {actor}", actor)
        note_activity_if_possible(session, actor, "lift", jobs=0, subject=host)
    return was_held and bool(deleted)


def _note(session: Session, msg: str, actor: str | None) -> None:
    write_log(session, [LogRow(0, msg, LogEvent.NOTED, actor=actor)])


def _subject(host: str) -> str:
    return "Everything" if host == HOLD_ALL else f"Host {host}"


def _object(host: str) -> str:
    return "everything" if host == HOLD_ALL else f"host {host}"
