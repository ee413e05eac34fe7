"""Two quiet themes. Everything is grey until something is under way or wrong.

Colours are far enough apart to stay different in 256 and in 16 colours; no meaning
depends on colour alone.
"""

import os

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


def choose_theme(app: App[int]) -> None:
    """Register both; use the dark one unless `TEXTUAL_THEME` names another."""
    app.register_theme(NIGHT)
    app.register_theme(DAY)
    wanted = os.environ.get("TEXTUAL_THEME", "").split(",")
    known = [name.strip() for name in wanted if name.strip() in app.available_themes]
    # Textual read the name before the theme was registered: only a change applies it.
    app.theme = NIGHT.name
    if known:
        app.theme = known[0]
