"""Screens kept as text. `SQ_UPDATE_GOLDEN=1` writes them anew: look at them then.

Nothing is masked: tests hold the clock still instead.
"""

import os
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "golden"
_UPDATE = os.environ.get("SQ_UPDATE_GOLDEN") == "1"


def assert_golden(name: str, text: str) -> None:
    """*text* is what stands in the file *name*."""
    path, text = FOLDER / f"{name}.txt", f"{text.rstrip()}\n"
    if _UPDATE:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    elif not path.exists():
        pytest.fail(f"no golden {path.name}: SQ_UPDATE_GOLDEN=1 makes it")
    else:
        assert text == path.read_text(encoding="utf-8")
