"""What it costs: throughput, latency, scale, start-up, each beside its yardstick.

    python -m tests.bench [name …] [--json] [--small] [--large]

starts what it needs (a private MariaDB, a static handler), runs each measure several
times, in turn with what it is compared with, and prints medians and ratios. Figures of
two machines, or of two hours on a shared one, say little beside each other; ratios of
one run do. Everything stays on loopback. The test suite only asks whether figures come
out: a timed assertion would fail for its neighbours' sake.
"""
