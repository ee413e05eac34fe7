"""Who reaches the metrics, and whether they can be served."""

from importlib.util import find_spec

from sq_console.config import Settings
from sq_console.model import Finding


def metrics_findings(settings: Settings) -> list[Finding]:
    """Return findings for `[metrics] listen`, when something listens there."""
    listen = settings.metrics.listen
    if listen is None:
        return []
    # Open on purpose where a scraper is elsewhere: no fault, but worth a word.
    whom = (
        "only this machine reaches it"
        if listen.is_loopback
        else "who reaches it may read counts and names of hosts"
    )
    text = f"[metrics] daemons listen at {listen}; {whom}"
    if find_spec("prometheus_client") is None:
        text = f"[metrics] daemons listen at {listen}, and /metrics answers 501"
        return [Finding(False, text, "pip install 'sq-console[metrics]'")]
    return [Finding(True, text)]
