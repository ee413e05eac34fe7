"""The operator's settings: the ini file, read and checked (`ini`) into frozen values
(`settings`); where its passwords come from (`passwords`), and who else may read
them (`exposed_files`).
"""

from sq_console.config.exposed_files import exposed_files
from sq_console.config.ini import DEFAULT_CONFIG, find_config, load_settings
from sq_console.config.listen_address import ListenAddress
from sq_console.config.passwords import without_secrets
from sq_console.config.settings import (
    LOG_FORMATS,
    LOG_LEVELS,
    ApiSettings,
    DbSettings,
    LogSettings,
    MetricsSettings,
    Network,
    ProcessorSettings,
    Settings,
    SslMode,
)

__all__ = [
    "DEFAULT_CONFIG",
    "LOG_FORMATS",
    "LOG_LEVELS",
    "ApiSettings",
    "DbSettings",
    "ListenAddress",
    "LogSettings",
    "MetricsSettings",
    "Network",
    "ProcessorSettings",
    "Settings",
    "SslMode",
    "exposed_files",
    "find_config",
    "load_settings",
    "without_secrets",
]
