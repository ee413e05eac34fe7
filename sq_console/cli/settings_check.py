"""Findings of `check` about the settings and the link, without looking at the tables.
No secret is printed, not even its length.
"""

import stat
from pathlib import Path

from sq_console.config import Settings, SslMode
from sq_console.model import Finding, Link


def settings_findings(settings: Settings) -> list[Finding]:
    """Return one finding for each setting that is checked."""
    findings = [Finding(True, f"settings from {settings.source}")]
    if settings.source is not None:
        findings += _file_findings(settings, settings.source)
    findings += _api_findings(settings)
    findings += _ca_findings(settings)
    return findings


def _file_findings(settings: Settings, path: Path) -> list[Finding]:
    if not (settings.db.passwd or settings.api.passwd):
        return []
    if path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
        text = f"{path} holds a password and others may read it"
        return [Finding(False, text, f"chmod o= {path}")]
    return [Finding(True, f"{path} holds a password and others may not read it")]


def _api_findings(settings: Settings) -> list[Finding]:
    api = settings.api
    if not (api.user or api.passwd):
        return []
    if not api.hosts:
        text = "[api] credentials go to every url in the table"
        return [Finding(False, text, "name the hosts they are for: [api] hosts")]
    return [Finding(True, f"[api] credentials go to {', '.join(api.hosts)} only")]


def _ca_findings(settings: Settings) -> list[Finding]:
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
