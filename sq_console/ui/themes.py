"""Quiet themes. Everything is grey until something is under way or wrong.

Colours are far enough apart to stay different in 256 colours; a terminal with 16 has a
theme of those. No meaning depends on colour alone.
"""

import os
import sys
from collections.abc import Mapping

from textual.app import App
from textual.theme import Theme

NIGHT = Theme(
    name="sq-night",
    dark=True,
    primary="#5fafff",
    secondary="#5f87af",
    accent="#5fafff",
    success="#5faf5f",
    warning="#e5c04b",
    error="#ff5f5f",
    foreground="#d0d0d0",
    background="#121212",
    surface="#1c1c1c",
    panel="#262626",
    variables={
        "sq-dim": "#8a8a8a",
        "sq-bar": "#262626",
        "sq-cursor": "#3a3a3a",
        "sq-open": "#1c3a4a",
    },
)
DAY = Theme(
    name="sq-day",
    dark=False,
    primary="#005faf",
    secondary="#5f87af",
    accent="#005faf",
    success="#005f00",
    warning="#875f00",
    error="#af0000",
    foreground="#262626",
    background="#eeeeee",
    surface="#e4e4e4",
    panel="#dadada",
    variables={
        "sq-dim": "#6c6c6c",
        "sq-bar": "#d0d0d0",
        "sq-cursor": "#c6c6c6",
        "sq-open": "#afd7ff",
    },
)
SIXTEEN = Theme(
    name="sq-16",
    dark=True,
    primary="#55ffff",
    secondary="#55ffff",
    accent="#55ffff",
    success="#55ff55",
    warning="#ffff55",
    error="#ff5555",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#0000aa",
    variables={
        "sq-dim": "#aaaaaa",
        "sq-bar": "#000000",
        "sq-cursor": "#0000aa",
        "sq-open": "#0000aa",
    },
)
"""Just the colours that such a terminal has. The console of Linux has eight of them for
what is behind letters.
"""


def choose_theme(
    app: App[int],
    environ: Mapping[str, str] = os.environ,
    *,
    is_terminal: bool | None = None,
) -> None:
    """Register all; use a dark one unless `TEXTUAL_THEME` names another."""
    for theme in (NIGHT, DAY, SIXTEEN):
        app.register_theme(theme)
    if is_terminal is None:
        is_terminal = sys.stdin is not None and sys.stdin.isatty()
    is_poor = is_terminal and app.console.color_system == "standard"
    wanted = environ.get("TEXTUAL_THEME", "").split(",")
    known = [name.strip() for name in wanted if name.strip() in app.available_themes]
    # Textual read the name before the theme was registered: only a change applies it.
    app.theme = SIXTEEN.name if is_poor else NIGHT.name
    if known:
        app.theme = known[0]
