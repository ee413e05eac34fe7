"""Whom the `[api]` credentials are for."""

from sq_console.config import Settings
from sq_console.model import Finding


def api_findings(settings: Settings) -> list[Finding]:
    """Return a finding for `[api]` when it has credentials."""
    api = settings.api
    if not (api.user or api.passwd):
        return []
    if not api.hosts:
        text = "[api] credentials go to every url in the table"
        return [Finding(False, text, "name the hosts they are for: [api] hosts")]
    return [Finding(True, f"[api] credentials go to {', '.join(api.hosts)} only")]
