"""The header: what it names, what it drops, what it colours."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sq_console.model import (
    HeldJobs,
    Hold,
    LostProcessor,
    Minute,
    ProcessorState,
)
from sq_console.ui.content.frame.figures import (
    failed_per_bucket,
    short_host,
    throughput,
)
from sq_console.ui.content.frame.header import header_lines
from sq_console.ui.content.lines import Line, Tone, text_of, width_of
from sq_console.ui.content.tables.processor_lines import processors_bar
from sq_console.ui.state.console_status import Outage
from sq_console.ui.state.screen_data import Vitals
from tests.ui.content.examples import CLOCK, console_status, processor_status
from tests.ui.jobs import NOW, ago, processor, vitals

DEFERRING = processor_status(
    ProcessorState.PAUSED, why_paused="another processor is alive: web2:4711"
)


def minute(back: int, succeeded: int = 0, failed: int = 0) -> Minute:
    start = NOW.replace(second=0) - timedelta(minutes=back)
    return Minute(start, succeeded, failed, 0, 0, 0, 0)


def hold(host: str, pending: int = 3_000, why: str = "ticket 42") -> HeldJobs:
    return HeldJobs(Hold(host, "anna@ops1", why, ago(1_335)), pending, pending)


WELL = tuple(minute(back, 60) for back in range(30, -1, -1))
BAD = tuple(minute(back, 17, 43) for back in range(30, -1, -1))
FAILING = vitals(BAD, due=8_980, running=6, oldest_due_at=ago(2_580))
LOST = LostProcessor(3, "web3:9", "1", ago(9_000), ago(700), ago(670), 6, 4)


def shown(width: int = 80, **values: object) -> list[str]:
    return [text_of(line) for line in lines(width, **values)]


def lines(width: int = 80, **values: object) -> list[Line]:
    return header_lines(console_status(**values), CLOCK, width)


def filled(**values: object) -> list[Tone]:
    tones = (span.tone for line in lines(**values) for span in line)
    return [tone for tone in tones if tone.is_filled]


def test_a_well_queue_has_two_quiet_lines():
    first, second = shown(vitals=vitals(WELL, due=41, running=4, oldest_due_at=ago(2)))

    assert first.startswith(" sq-console  app@db1:3306/jobs  WATCHING")
    assert "1 processor" in first
    assert first.endswith("02:00:30 UTC ")
    assert second.startswith(" well since 01:30  due 41   oldest 2s   running 4/50  ")
    assert second.endswith("  90/min   failed 0 in 1 h")
    assert filled(vitals=vitals(WELL, due=41)) == []


def test_a_processor_that_defers_to_others_only_watches():
    first, _ = shown(status=DEFERRING, vitals=vitals(WELL))
    assert "  WATCHING  " in first
    assert filled(status=DEFERRING, vitals=vitals(WELL)) == []


def test_what_this_console_does_is_said():
    running = processor_status()
    assert "  RUNNING  " in shown(status=running)[0]
    assert "2 processors" in shown(status=running)[0]
    by_eve = processor_status(ProcessorState.PAUSED, why_paused="by eve@web1")
    assert filled(status=by_eve, vitals=vitals(WELL)) == [Tone.ON_WARN]


def test_header_and_list_of_processors_count_alike():
    """One that paused by itself is quiet; one that an operator paused is not."""
    by_itself = replace(processor("paused"), id=2)
    two = vitals(WELL, (processor(), by_itself))
    assert "  2 processors, 1 paused  02:00:30" in shown(vitals=two)[0]
    assert " Processors 2 alive, 1 paused " in text_of(processors_bar(two, 80))
    assert paused_tones(two) == {Tone.DIM}
    asked = vitals(WELL, (processor(), by_itself, replace(by_itself, wanted="pause")))
    assert "  3 processors, 2 paused  " in shown(vitals=asked)[0]
    assert paused_tones(asked) == {Tone.WARN}


def paused_tones(known: Vitals) -> set[Tone]:
    spans = (*lines(vitals=known)[0], *processors_bar(known, 80))
    return {span.tone for span in spans if "paused" in span.text}


def test_red_covers_the_verdict_of_a_failing_queue_and_nothing_else():
    _, second, third = shown(vitals=FAILING)

    assert second.startswith(" FAILING since 01:30   72% of calls in the last 5 min")
    assert len(second) == 80
    assert third.startswith(" due 8,980   oldest 43m api   running 6/50   ")
    assert "failed 1 h ▁" in third
    assert filled(vitals=FAILING) == [Tone.ON_BAD]


def test_figures_keep_their_places_while_their_digits_change():
    many = vitals(BAD, due=190, running=12, waiting=370, oldest_due_at=ago(55))
    few = vitals(BAD, due=4, running=5, waiting=370, oldest_due_at=ago(0))
    none = vitals(BAD, due=0, running=0, waiting=370)
    ends = [shown(vitals=it)[2] for it in (many, few, none)]
    for word in ("oldest", "running", "/min", "failed"):
        assert len({line.index(word) - (word == "/min") for line in ends}) == 1, ends


def test_no_more_runs_than_there_are_slots():
    """More jobs are claimed while outcomes of ended calls wait to be recorded."""
    busy = vitals(BAD, due=190, running=63, oldest_due_at=ago(55))
    assert " running 50/50 " in shown(vitals=busy)[2]


def test_nothing_is_due_without_an_oldest():
    assert " due 0 " in shown(vitals=vitals(BAD, due=36))[2]


def test_a_processor_that_ends_says_how_many_calls_are_left():
    ending = processor_status(ProcessorState.DRAINING)
    assert " DRAINING 4/50 " in shown(status=ending)[0]


def test_causes_are_in_the_verdict_when_they_are_known():
    assert FAILING.verdict
    known = replace(FAILING, verdict=replace(FAILING.verdict, goes_on=2, new=1))
    line = shown(vitals=known)[1]
    assert line.startswith(" FAILING since 01:30   72% of calls in the last 5 min  ")
    assert line.endswith("   2 causes go on, 1 is new")
    assert "72% of calls in the last 5 min" in shown(60, vitals=known)[1]


def test_a_stuck_queue_says_who_could_call_its_jobs():
    dead = processor(alive=False)
    paused = processor("paused")
    stuck = {"due": 8_980, "oldest_due_at": ago(1_140)}
    nobody = vitals(WELL[:10], (dead,), **stuck)
    assert shown(vitals=nobody)[1].startswith(
        " STUCK: 8,980 due, no processor alive since 02:00"
    )
    all_paused = vitals(WELL[:10], (paused,), **stuck)
    line = shown(100, vitals=all_paused, status=DEFERRING)[1]
    assert "every processor is paused   no call since 01:40" in line
    assert "P lets this one work" in line


def test_a_lost_processor_is_named_for_a_day():
    lately = replace(vitals(WELL), lost_processors=(LOST,))
    assert "1 processor, 1 LOST 01:48" in shown(vitals=lately)[0]
    assert filled(vitals=lately) == []
    long_ago = replace(LOST, heartbeat_at=ago(20_000))
    old = replace(lately, lost_processors=(long_ago,))
    assert "1 processor, 1 lost 20:27" in shown(vitals=old)[0]


def test_a_held_host_has_a_line():
    (*_, last) = shown(vitals=vitals(WELL, held=(hold("crm.acme.example"),)))
    assert last.startswith(" HELD crm.acme.example since 01:38 by anna: ticket 42 ")
    assert last.endswith("3,000 wait  h hosts ")
    assert len(last) == 80

    many = tuple(hold(f"{n}.example", 10_001) for n in range(3))
    (*_, last) = shown(vitals=vitals(WELL, held=many))
    assert last.startswith(" 3 hosts HELD since 01:38: 0.example, 1.example,")
    assert "30,000+ wait" in last


def test_a_hold_of_everything_is_the_verdict():
    held = vitals(WELL, held=(hold("*"),), due=300)
    _, second, third = shown(vitals=held)
    assert second.startswith(" HELD, everything since 01:38 by anna@ops1: ticket 42")
    assert second.rstrip().endswith("3,000 wait")
    assert third.startswith(" running 0/50 ")
    assert filled(vitals=held) == [Tone.ON_WARN]


def test_a_long_reason_is_cut_before_the_count():
    long = vitals(WELL, held=(hold("crm.acme.example", why="x" * 200),))
    for width in (60, 80, 200):
        assert shown(width, vitals=long)[-1].endswith("3,000 wait  h hosts ")


@pytest.mark.parametrize("width", [30, 40, 60, 80, 100, 120, 200])
@pytest.mark.parametrize("known", [vitals(WELL), FAILING], ids=["well", "failing"])
def test_it_fits_any_width(width: int, known: Vitals):
    known = replace(known, lost_processors=(LOST,), held=(hold("h" * 90),))
    outage = Outage(NOW, "why", NOW)
    for lost in (None, outage):
        status = console_status(
            demo=True, status=processor_status(), vitals=known, lost=lost
        )
        for line in header_lines(status, CLOCK, width):
            assert width_of(line) <= width


def test_at_80_columns_what_alarms_is_there():
    known = replace(FAILING, lost_processors=(LOST,))
    first, second, third, *_ = shown(
        status=processor_status(), vitals=known, label="operations@database-1:3306/jobs"
    )
    assert first.startswith(" operat")
    assert "  RUNNING  " in first
    assert "2 processors, 1 LOST 01:48  02:00:30 UTC" in first
    assert "FAILING since 01:30   72%" in second
    assert "oldest 43m api" in third


@pytest.mark.parametrize("width", [30, 60, 80, 120])
def test_an_unverified_link_is_marked_at_any_width(width: int):
    exposed = replace(FAILING, is_exposed=True)
    for lost in (None, Outage(NOW, "why", NOW)):
        text = "".join(shown(width, vitals=exposed, lost=lost))
        assert "db link not verified" in text


def test_a_verified_link_is_not_mentioned():
    assert "link" not in "".join(shown(200))


def test_of_a_lost_database_no_verdict_is_shown():
    outage = Outage(ago(12), "gone away", NOW)
    _, second = shown(vitals=FAILING, lost=outage)
    assert second.startswith(" due 8,980")


def test_the_least_important_figures_are_dropped_first():
    narrow, wide = shown(50, vitals=FAILING)[2], shown(160, vitals=FAILING)[2]
    assert "due 8,980" in narrow
    assert "later" not in narrow
    assert "called" not in narrow
    assert "later 0" in wide
    assert "called" in wide


def test_a_count_at_its_cap_has_a_plus():
    assert (
        "due 10,000+" in shown(vitals=vitals(WELL, due=10_001, oldest_due_at=ago(2)))[1]
    )


def test_old_rows_are_called_old():
    assert "02:00:10 UTC, 20s old" in shown(100, read_at=ago(20))[0]


def test_throughput_is_a_sliding_minute():
    recent = vitals(minutes=(minute(1, 100), minute(0, 30)))
    assert throughput(recent) == 30 + 50  # half of this minute is over


def test_the_ramp_of_an_hour_has_whole_five_minutes():
    recent = vitals(minutes=(minute(59, 0, 7), minute(9, 0, 3), minute(1, 90, 10)))
    ramp = failed_per_bucket(recent)
    assert len(ramp) == 12
    assert ramp[-1] == 0
    assert ramp[-2:-4:-1] == [10, 3]


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("billing.acme.example:8080", "billing"),
        ("localhost:9", "localhost"),
        ("10.0.0.7:80", "10.0.0.7:80"),
        ("", ""),
    ],
)
def test_hosts_have_a_short_name(host: str, name: str):
    assert short_host(host) == name
