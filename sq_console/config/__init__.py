"""The operator's settings: the ini file, read and checked (`ini`) into frozen values
(`settings`).
"""

from sq_console.config.ini import DEFAULT_CONFIG, find_config, load_settings
from sq_console.config.settings import (
    ApiSettings,
    DbSettings,
    Network,
    ProcessorSettings,
    Settings,
    SslMode,
)

__all__ = [
    "DEFAULT_CONFIG",
    "ApiSettings",
    "DbSettings",
    "Network",
    "ProcessorSettings",
    "Settings",
    "SslMode",
    "find_config",
    "load_settings",
]
