"""Whether the database has to prove who it is."""

from sq_console.config import Settings, SslMode
from sq_console.model import Finding, Link


def ca_findings(settings: Settings) -> list[Finding]:
    """Return a finding for a mode that trusts every CA of this machine."""
    db = settings.db
    if db.ssl_ca or db.tls is not SslMode.VERIFY_CA:
        return []
    text = "[db] ssl_mode = verify-ca believes whomever any CA of this machine knows"
    advice = "write ssl_ca = FILE (its CA), or ssl_mode = verify-identity"
    return [Finding(False, text, advice)]


def link_findings(link: Link) -> list[Finding]:
    """Return findings about the link of a database that was reached."""
    findings = [Finding(True, f"link {link.text}")]
    if link.is_exposed:
        text = f"db link not verified: {link.text}; who answers there is believed"
        findings = [Finding(False, text, link.to_verify)]
    if link.is_remembered:
        text = (
            "this login works only while the server remembers the password; after its"
            " restart it is refused"
        )
        findings.append(Finding(False, text, link.to_log_in))
    return findings
