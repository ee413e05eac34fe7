"""New calls are delayed after a key press, for half of any half second at most."""

from sq_console.processor.capacity.input_priority import InputPriority


class Clock:
    now = 50.0

    def __call__(self) -> float:
        return self.now


def test_a_key_asks_for_a_tenth_of_a_second():
    clock = Clock()
    priority = InputPriority(clock)
    assert priority.left_secs() == 0

    priority.key_pressed()

    assert 0.09 < priority.left_secs() <= 0.1001
    clock.now += 0.2
    assert priority.left_secs() == 0


def test_a_held_key_takes_no_more_than_half_of_the_time():
    clock = Clock()
    priority = InputPriority(clock)
    delayed = 0
    for _ in range(3_000):
        priority.key_pressed()
        delayed += priority.left_secs() > 0
        clock.now += 0.001

    assert delayed <= 1_550
