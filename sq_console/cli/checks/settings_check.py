"""What `check` says of the settings, without a database."""

from sq_console.cli.checks.api_hosts import api_findings
from sq_console.cli.checks.db_link import ca_findings
from sq_console.cli.checks.metrics_address import metrics_findings
from sq_console.cli.checks.secret_files import secret_file_findings
from sq_console.config import Settings
from sq_console.model import Finding


def settings_findings(settings: Settings) -> list[Finding]:
    """Return one finding for each setting that is checked."""
    return [
        Finding(True, f"settings from {settings.source}"),
        *secret_file_findings(settings),
        *api_findings(settings),
        *ca_findings(settings),
        *metrics_findings(settings),
    ]
