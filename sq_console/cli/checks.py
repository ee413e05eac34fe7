"""What `check` says about the settings, before it looks at the database. No secret is
printed, not even its length.
"""

import stat
from pathlib import Path

from sq_console.config import Settings
from sq_console.model import Finding


def settings_findings(settings: Settings) -> list[Finding]:
    """One finding for each thing looked at."""
    findings = [Finding(True, f"settings from {settings.source}")]
    if settings.source is not None:
        findings += _file_findings(settings, settings.source)
    findings += _api_findings(settings)
    findings += _transport_findings(settings)
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


def _transport_findings(settings: Settings) -> list[Finding]:
    db = settings.db
    remote = db.engine == "mysql" and not (
        db.unix_socket or db.ssl_ca or db.host in ("127.0.0.1", "::1", "localhost")
    )
    if not remote:
        return []
    text = (
        f"{db.host} is not asked to prove who it is, and TLS is used only if it offers"
        " it; [db] ssl_ca asks for both"
    )
    return [Finding(True, text)]
