"""Who may read the files that hold secrets."""

import stat

from sq_console.config import Settings
from sq_console.model import Finding


def secret_file_findings(settings: Settings) -> list[Finding]:
    """Return a finding for the ini file when it holds a password."""
    path = settings.source
    if path is None or not (settings.db.passwd or settings.api.passwd):
        return []
    if path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
        text = f"{path} holds a password and others may read it"
        return [Finding(False, text, f"chmod o= {path}")]
    return [Finding(True, f"{path} holds a password and others may not read it")]
