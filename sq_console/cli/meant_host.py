"""The host that a word of the command line means: lists on the console leave its port
out, so that people type it without one.
"""

from dataclasses import replace

from sq_console.cli.output import print_error
from sq_console.model import JobFilter
from sq_console.store import Store


def with_its_port(store: Store, typed: str) -> str:
    """Return *typed*, with the port of the only host that is called so."""
    typed = typed.lower()
    effect = store.holds.effect_on(typed)
    if effect.is_known or effect.hold is not None:
        return typed
    with_port = store.reads.hosts_beginning(f"{effect.host}:")
    return with_port[0] if len(with_port) == 1 else typed


def meant_host(store: Store, typed: str) -> str:
    """Return the same; of a name that no job has, standard error says which ones jobs
    have.
    """
    host = with_its_port(store, typed)
    if not store.holds.effect_on(host).is_known:
        known = ", ".join(store.reads.hosts_beginning(host))
        if known:
            print_error(f"no job has the host {typed}; jobs have {known}")
    return host


def with_meant_host(store: Store, wanted: JobFilter) -> JobFilter:
    """Return the filter with the host that is meant by its own."""
    if not wanted.host:
        return wanted
    return replace(wanted, host=meant_host(store, wanted.host))
