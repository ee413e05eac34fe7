"""Which TLS keys of `[db]` fit together.

A key that would silently have no effect is refused: an operator who names a CA relies
on it. MySQL's own clients warn of `ssl_ca` with a mode that does not verify, and
continue.
"""

from collections.abc import Iterator

from sq_console.config.settings import DbSettings, SslMode

_VERIFYING = "it takes ssl_mode = verify-identity or verify-ca"


def unused_keys(db: DbSettings) -> Iterator[tuple[str, str]]:
    """Yield each key without effect, and how to correct it."""
    mode = db.tls
    if db.ssl_ca and not mode.verifies:
        yield "ssl_ca", f"not looked at with ssl_mode = {mode}; {_VERIFYING}"
    if db.ssl_cert and db.ssl_mode is None and not db.ssl_ca:
        yield "ssl_cert", "needs ssl_ca beside it"
    if db.ssl_cert and not mode.needs_tls:
        yield "ssl_cert", f"needs TLS, and ssl_mode = {mode} may do without"
    if db.ssl_key and not db.ssl_cert:
        yield "ssl_key", "needs ssl_cert beside it"
    if db.server_public_key and mode.needs_tls:
        yield (
            "server_public_key",
            f"for a login without TLS; leave it out, or ssl_mode = {SslMode.DISABLED}",
        )
