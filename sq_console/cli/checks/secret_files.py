"""Where the passwords come from, and who may read the files that hold secrets."""

from sq_console.config import Settings, exposed_files
from sq_console.model import Finding


def secret_file_findings(settings: Settings) -> list[Finding]:
    """Return a finding for each source of a password and each file that holds a secret;
    none when there is no secret.
    """
    exposed = {each.path: each for each in exposed_files(settings)}
    return [
        *(
            Finding(True, f"[{section}] password from {source}")
            for section, source in settings.password_sources.items()
        ),
        *(
            Finding(False, exposed[path].clause, exposed[path].command)
            if path in exposed
            else Finding(True, f"{path} holds a secret and others may not read it")
            for path in settings.secret_files
        ),
    ]
