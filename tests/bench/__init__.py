"""What it costs: throughput, latency, scale, start-up, each beside its yardstick.

    python -m tests.bench                           # all measures: twenty minutes
    python -m tests.bench throughput console        # some of them
    python -m tests.bench --small                   # in seconds: shows that it works
    python -m tests.bench --against ../before       # this checkout beside another one

A measure is a function of a `BenchSetup` (a private MariaDB, handlers that answer at
once, queues full of jobs) that returns `Figure`s. It takes each quantity several times,
in turn with what it is compared with. Everything stays on loopback; only `peers` has
npm install job queues of others first, where there are node, npm, Redis, PostgreSQL.

To read the table: `median` of the samples and their `least-most`; where there is a
yardstick, `ratio` is the median of the ratios of neighbouring samples, and `to` names
it; `aim` is what the product promises, of the ratio if there is one, and `MISSED` makes
the exit code 1. Figures of two machines, or of two hours on a shared one, say little
beside each other; ratios of one run do. So a change is judged with `--against` a
checkout from before it (with a .venv of its own): pairs of runs of both, alternately.
Two runs of the same code differ by some 3 %.

To add a measure: a module with such a function, and its name in `MEASURES`
(`__main__.py`). The test suite only asks whether figures come out: a timed assertion
would fail when the machine is busy.
"""
