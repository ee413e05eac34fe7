"""What the console sets in its environment before Textual reads it."""

from sq_console.ui import is_local, prepare_environment


def test_over_ssh_nothing_moves_and_what_the_operator_set_stays():
    there = {"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22", "TEXTUAL_FPS": "30"}
    prepare_environment(there)
    assert there["TEXTUAL_ANIMATIONS"] == "none"
    assert there["TEXTUAL_FPS"] == "30"
    assert not is_local(there)

    here: dict[str, str] = {}
    prepare_environment(here)
    assert here == {}
    assert is_local(here)
