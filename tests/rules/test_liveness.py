"""A processor without a heartbeat is shown as lost, whatever it said last."""

from sq_console.rules.liveness import shown_state
from tests.ui.jobs import processor


def test_a_processor_is_what_it_says_while_its_heartbeat_is_young() -> None:
    assert shown_state(processor("paused")) == "paused"
    assert shown_state(processor("running", alive=False)) == "lost"
