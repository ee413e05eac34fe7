"""Making way for a key, but never for more than half of any half second."""

from sq_console.processor.capacity.input_priority import InputPriority


class Clock:
    now = 50.0

    def __call__(self) -> float:
        return self.now


def test_a_key_asks_for_a_tenth_of_a_second():
    clock = Clock()
    courtesy = InputPriority(clock)
    assert courtesy.left_secs() == 0

    courtesy.key_pressed()

    assert 0.09 < courtesy.left_secs() <= 0.1001
    clock.now += 0.2
    assert courtesy.left_secs() == 0


def test_a_held_key_takes_no_more_than_half_of_the_time():
    clock = Clock()
    courtesy = InputPriority(clock)
    quiet = 0
    for _ in range(3_000):
        courtesy.key_pressed()
        quiet += courtesy.left_secs() > 0
        clock.now += 0.001

    assert quiet <= 1_550
