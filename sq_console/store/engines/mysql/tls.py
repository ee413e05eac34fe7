"""TLS to MySQL: the context for each `ssl_mode`, and advice for its errors.

Without `ssl_ca` this machine's CAs are trusted. Every error is one line that names the
host and the key of `[db]` to change.
"""

import ssl

from pymysql.constants import CR
from pymysql.err import OperationalError

from sq_console.config import DbSettings, SslMode


def tls_context(db: DbSettings) -> ssl.SSLContext | None:
    """Return the context for TLS; None: no TLS. Raises OperationalError when a file
    cannot be used.
    """
    if db.tls is SslMode.DISABLED:
        return None
    context = _verifying(db) if db.tls.verifies else _with_anybody()
    if db.ssl_cert:
        _identify(context, db)
    return context


def _verifying(db: DbSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=db.ssl_ca or None)
    except (OSError, ValueError) as error:
        raise _unusable("ssl_ca", db.ssl_ca, "no certificate in PEM", error) from error
    # Certificates that MySQL makes for itself would not pass.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.check_hostname = db.tls is SslMode.VERIFY_IDENTITY
    return context


def _with_anybody() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _identify(context: ssl.SSLContext, db: DbSettings) -> None:
    """Show the client's certificate when asked."""
    try:
        context.load_cert_chain(db.ssl_cert, db.ssl_key or None, _no_passphrase)
    except (OSError, ValueError) as error:
        key = "ssl_key" if db.ssl_key else "ssl_cert"
        what = "no certificate and its key, unencrypted, in PEM"
        raise _unusable(key, db.ssl_key or db.ssl_cert, what, error) from error


def _no_passphrase() -> str:
    """OpenSSL would ask on the terminal, and wait."""
    raise ValueError("it is encrypted")


def _unusable(
    key: str, file: str, what: str, error: OSError | ValueError
) -> OperationalError:
    gone = isinstance(error, OSError) and not isinstance(error, ssl.SSLError)
    why = str(getattr(error, "strerror", "")) if gone else what
    return OperationalError(CR.CR_SSL_CONNECTION_ERROR, f"[db] {key}: {file}: {why}")


def no_tls(db: DbSettings) -> str:
    """Return the error for a server that has no TLS where it is asked for."""
    without = " and no ssl_ca" if db.ssl_ca else ""
    return (
        f"{db.host} offers no TLS, which [db] {_asked_by(db)} asks for; have the server"
        f" offer it, or ssl_mode = preferred{without} does without"
    )


def _asked_by(db: DbSettings) -> str:
    return f"ssl_mode = {db.tls}" if db.ssl_mode else "ssl_ca"


_EXPIRED, _NOT_YET = 10, 9
_OTHER_NAME = (62, 64)
_UNKNOWN_CA = (7, 18, 19, 20, 21)
"""OpenSSL's X509_V_ERR_…: for a host or address; signed by another of the same name (as
MySQL calls all it makes for itself); self-signed, alone or in its chain; no issuer."""


def tls_failure(error: ssl.SSLError, db: DbSettings) -> str:
    """Return why TLS with the server failed, and the key of `[db]` to change."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        why = (error.reason or str(error)).lower().replace("_", " ")
        keys = "ssl_cert and ssl_mode" if db.ssl_cert else "ssl_mode"
        return f"TLS with {db.host} failed: {why}; check [db] {keys}"
    return f"the certificate of {db.host} {_why_not_trusted(error, db)}"


def _why_not_trusted(error: ssl.SSLCertVerificationError, db: DbSettings) -> str:
    code = error.verify_code
    if code in (_EXPIRED, _NOT_YET):
        when = "has expired" if code == _EXPIRED else "is not valid yet"
        return f"{when}; renew it on the server ([db] {_asked_by(db)} looks at it)"
    if code in _OTHER_NAME:
        return (
            "is for another name; [db] host must be a name in it, or ssl_mode ="
            " verify-ca does without"
        )
    if code in _UNKNOWN_CA:
        whom = f"the CAs in {db.ssl_ca}" if db.ssl_ca else "this machine's CAs"
        return f"is from none of {whom}; [db] ssl_ca must name the file with its CA"
    return f"is not believed: {error.verify_message}; check [db] ssl_ca"
