"""Which certificates are trusted."""

import ssl
from functools import cache

import httpx


def create_tls_context() -> ssl.SSLContext:
    """Return a context that trusts the authorities of certifi and of this machine,
    `SSL_CERT_FILE` included: internal handlers have certificates of an internal
    authority.
    """
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    context.set_alpn_protocols(["http/1.1"])
    return context


@cache
def shared_tls() -> ssl.SSLContext:
    """Return one context for all callers: creating it takes as long as 100 calls."""
    return create_tls_context()
