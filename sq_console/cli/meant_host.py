"""The host that a word of the command line means: lists on the console leave its port
out, so that people type it without one.
"""

from dataclasses import replace

from sq_console.cli.output import print_error
from sq_console.model import JobFilter
from sq_console.store import Store


def meant_host(store: Store, typed: str) -> str:
    """Return *typed*, with the port of the only host that is called so. Of a name that
    no job has, standard error says which ones jobs have.
    """
    host = typed.lower()
    if store.holds.effect_on(host).is_known:
        return host
    with_port = store.reads.hosts_beginning(f"{host}:")
    if len(with_port) == 1:
        return with_port[0]
    known = with_port or store.reads.hosts_beginning(host)
    if known:
        print_error(f"no job has the host {typed}; jobs have {', '.join(known)}")
    return host


def with_meant_host(store: Store, wanted: JobFilter) -> JobFilter:
    """Return the filter with the host that is meant by its own."""
    if not wanted.host:
        return wanted
    return replace(wanted, host=meant_host(store, wanted.host))
