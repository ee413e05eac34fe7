"""Slots: room, caps, and how much is claimed ahead. A clock by hand, no I/O."""

import asyncio

from sq_console.model import Claim, ClaimedJob, Outcome
from sq_console.processor.capacity.call_rate import MAX_AHEAD
from sq_console.processor.capacity.slots import MAX_RATES, Slots


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def job(job_id: int, host: str = "h", attempt: int = 1) -> ClaimedJob:
    return ClaimedJob(
        job_id, attempt, "post", f"http://{host}/", host, None, None, 60, 60
    )


async def never() -> Outcome:
    await asyncio.Event().wait()
    raise AssertionError


def begin(slots: Slots) -> ClaimedJob | None:
    """Start the next job as a call that never ends."""
    following = slots.next()
    if following is not None:
        call = asyncio.get_running_loop().create_task(never())
        slots.call_started(following, call)
    return following


async def test_no_more_calls_than_slots():
    slots = Slots(2, 2, Clock())
    slots.add(job(number) for number in range(5))

    assert [begin(slots) is not None for _ in range(3)] == [True, True, False]
    assert (slots.in_flight, slots.waiting) == (2, 3)
    assert slots.room == 0


async def test_a_host_at_its_cap_lets_others_pass():
    slots = Slots(4, 2, Clock())
    slots.add([job(1, "slow"), job(2, "slow"), job(3, "slow"), job(4, "good")])

    started = [begin(slots) for _ in range(4)]

    assert [one.id if one else None for one in started] == [1, 2, 4, None]
    assert full_hosts(slots) == {"slow"}


async def test_nothing_is_claimed_ahead_of_slow_calls_and_little_of_quick_ones():
    clock = Clock()
    slots = Slots(10, 10, clock)
    assert (slots.ahead, slots.room) == (0, 10)

    for number in range(400):
        clock.now += 0.01
        slots.add([job(number)])
        started = begin(slots)
        assert started is not None
        slots.call_ended(started)

    assert 5 <= slots.ahead <= 11
    clock.now += 10
    assert slots.ahead == 0
    assert slots.ended == 400


async def test_what_is_claimed_ahead_has_a_limit():
    clock = Clock()
    slots = Slots(10, 10, clock)
    for number in range(5_000):
        slots.add([job(number)])
        started = begin(slots)
        assert started is not None
        slots.call_ended(started)
    assert slots.ahead == MAX_AHEAD


async def test_what_waits_too_long_is_taken_out():
    clock = Clock()
    slots = Slots(1, 1, clock)
    slots.add([job(1)])
    clock.now += 3
    slots.add([job(2)])

    assert [one.id for one in slots.take_waiting(2.0)] == [1]
    assert slots.claims == {Claim(2, 1, "")}
    assert [one.id for one in slots.take_waiting()] == [2]
    assert slots.room_by_host() == {}


async def test_an_aborted_call_may_end_after_its_job_has_come_again():
    slots = Slots(2, 2, Clock())
    slots.add([job(1, attempt=1)])
    old = begin(slots)
    slots.add([job(1, attempt=2)])
    new = begin(slots)
    assert old is not None
    assert new is not None

    slots.call_ended(old)

    assert slots.in_flight == 1
    assert slots.call_of(new.claim) is not None
    assert slots.call_of(old.claim) is None
    slots.call_ended(new)
    assert slots.room_by_host() == {"h": 2}, "none are held"


async def test_a_call_may_end_after_the_same_claim_has_come_again():
    """Somebody has set the row's attempts back."""
    slots = Slots(2, 2, Clock())
    slots.add([job(1)])
    old = begin(slots)
    slots.add([job(1)])
    new = begin(slots)
    assert old is not None
    assert new is not None

    slots.call_ended(new)
    slots.call_ended(old)

    assert (slots.in_flight, slots.claims) == (0, set())
    assert slots.room_by_host() == {"h": 2}, "none are held"


async def test_a_waiting_job_is_found_by_its_claim_only():
    slots = Slots(1, 1, Clock())
    slots.add([job(1, attempt=3)])

    assert slots.take_one_waiting(Claim(1, 2, "")) is None
    assert slots.take_one_waiting(Claim(1, 3, "2020-01-01")) is None
    taken = slots.take_one_waiting(Claim(1, 3, ""))
    assert taken is not None
    assert slots.waiting == 0


async def test_what_a_quick_host_earns_is_not_given_to_a_slow_one():
    """Else jobs of a host at its cap would be claimed, could not be called, and would
    keep everybody else's from being claimed.
    """
    clock = Clock()
    slots = Slots(10, 9, clock)
    slots.add(job(number, "slow") for number in range(9))
    for _ in range(9):
        begin(slots)
    slots.add([job(99, "quick")])
    for number in range(100, 500):
        clock.now += 0.01
        slots.add([job(number, "quick")])
        started = begin(slots)
        assert started is not None
        slots.call_ended(started)

    assert slots.ahead >= 5
    assert room_of(slots, "quick") >= 9 + 4, "it may hold more than its cap"
    assert full_hosts(slots) == {"slow"}
    (last,) = slots.take_waiting()
    assert last.host == "quick"
    assert room_of(slots, "quick") >= 9 + 4, "none are held, and it may have more"


async def test_a_moment_without_work_does_not_end_the_claiming_ahead():
    clock = Clock()
    slots = Slots(10, 9, clock)
    for number in range(2_000):
        clock.now += 0.001
        slots.add([job(number)])
        started = begin(slots)
        assert started is not None
        slots.call_ended(started)

    assert slots.waiting == slots.in_flight == 0
    assert slots.room_by_host() == {"h": 9 + slots.ahead}
    assert slots.ahead > 90


async def test_rates_of_hosts_not_called_lately_are_forgotten():
    clock = Clock()
    slots = Slots(10, 9, clock)
    for number in range(3_000):
        clock.now += 0.01
        slots.add([job(number, f"h{number}")])
        started = begin(slots)
        assert started is not None
        slots.call_ended(started)

    assert len(slots.room_by_host()) <= MAX_RATES


def hold(slots: Slots, host: str, count: int, first: int) -> list[ClaimedJob]:
    slots.add([job(number, host) for number in range(first, first + count)])
    begun = [begin(slots) for _ in range(count)]
    return [one for one in begun if one is not None]


def time_out(slots: Slots, host: str, count: int, first: int) -> None:
    for one in hold(slots, host, count, first):
        slots.call_ended(one, responded=False)


def room_of(slots: Slots, host: str) -> int:
    return slots.room_by_host()[host]


def full_hosts(slots: Slots) -> set[str]:
    return {host for host, room in slots.room_by_host().items() if room == 0}


async def test_a_host_that_lets_calls_time_out_keeps_a_tenth_of_the_slots():
    slots = Slots(50, 45, Clock())
    time_out(slots, "dead", 3, 1)

    assert room_of(slots, "dead") == 5
    hold(slots, "dead", 3, 100)
    assert room_of(slots, "dead") == 2
    assert not full_hosts(slots)
    hold(slots, "dead", 2, 200)
    assert full_hosts(slots) == {"dead"}


async def test_one_answer_ends_that():
    slots = Slots(50, 45, Clock())
    time_out(slots, "slow", 10, 1)
    (answered,) = hold(slots, "slow", 1, 100)
    slots.call_ended(answered)

    assert room_of(slots, "slow") >= 45


async def test_a_host_some_of_whose_calls_time_out_keeps_its_slots():
    slots = Slots(50, 45, Clock())
    for number in range(10):
        time_out(slots, "slow", 2, 10 * number)
        (answered,) = hold(slots, "slow", 1, 10 * number + 5)
        slots.call_ended(answered)
    time_out(slots, "slow", 2, 1_000)

    assert room_of(slots, "slow") >= 45


async def test_calls_that_operators_ended_say_nothing_about_their_host():
    slots = Slots(50, 45, Clock())
    for one in hold(slots, "slow", 10, 1):
        slots.call_ended(one, responded=None)
    (other,) = hold(slots, "slow", 1, 100)

    assert other.host == "slow"
    assert room_of(slots, "slow") >= 44


async def test_of_many_unresponsive_hosts_each_may_have_a_call():
    slots = Slots(50, 45, Clock())
    dead = [f"dead{number}" for number in range(20)]
    for number, host in enumerate(dead):
        time_out(slots, host, 3, 100 * number)
        hold(slots, host, 1, 100 * number + 50)

    assert full_hosts(slots) == set(dead)


async def test_unresponsive_hosts_hold_no_more_than_a_tenth_of_the_slots_together():
    slots = Slots(50, 45, Clock())
    dead = [f"dead{number}" for number in range(60)]
    for number, host in enumerate(dead):
        time_out(slots, host, 3, 100 * number)
    offered = set(dead) - full_hosts(slots)
    assert len(offered) == 5
    assert {room_of(slots, host) for host in offered} == {1}
    slots.add([job(10_000 + int(host[4:]), host) for host in offered])

    assert full_hosts(slots) >= set(dead)


async def test_unresponsive_hosts_take_turns_whether_they_have_jobs_or_not():
    slots = Slots(50, 45, Clock())
    dead = [f"dead{number}" for number in range(20)]
    for number, host in enumerate(dead):
        time_out(slots, host, 3, 100 * number)

    offered = []
    for _ in range(4):
        offered += sorted(set(dead) - full_hosts(slots))
        slots.add([])

    assert sorted(offered) == sorted(dead), "each had one turn"


async def test_a_unresponsive_host_has_its_turn_beside_one_with_older_jobs():
    slots = Slots(50, 45, Clock())
    time_out(slots, "dead", 3, 1)
    time_out(slots, "recovered", 3, 100)
    for number in range(200, 700, 100):
        time_out(slots, "dead", room_of(slots, "dead"), number)
        assert room_of(slots, "recovered") >= 1
    (answered,) = hold(slots, "recovered", 1, 1_000)
    slots.call_ended(answered)

    assert room_of(slots, "recovered") >= 40


async def test_with_few_slots_a_unresponsive_host_has_one():
    slots = Slots(2, 1, Clock())
    for number in range(3):
        time_out(slots, "dead", 1, number)

    assert room_of(slots, "dead") == 1
