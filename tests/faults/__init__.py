"""Whatever dies, no job is lost, and none is called twice without a fault that explains
it: shown by breaking things on purpose.

    python -m tests.faults --list            # the scenarios, a line each
    python -m tests.faults --full            # all of them in full: an hour, and a table
    python -m tests.faults outages           # one of them in full; --product mysql
    python -m pytest tests/faults -m ''      # a short dose of each: a minute

**A scenario** is a module in `scenarios/`. On a database of its own it lets processors
work on jobs that arrive steadily (`load.py`, `fleet.py`), breaks something meanwhile
(processes, the server, connections, hosts), waits until all jobs have ended, and
collects what is left: the job and log rows, and what the handler saw (`ledger.py`, a
handler that writes down each call and when, and knows nothing of the database).
The processors are processes. Their times are the real ones in full, and shortened
alike in a short dose (`processor_main.py`), so that a rescue takes seconds.

**What must hold** is the same for all and stands in `invariants.py`, I1 to I5. A fault
is noted with what its processor held at that moment, (job, attempt) by (job, attempt).
Only those may be called a second time. `kill_points.py` has the points in a
processor's work at which it can be made to kill itself.

**To add one**: a module with a `Dose` (a `Load` with the measure of the fault; the
defaults are the full dose), a `SHORT` dose of a few seconds, and `run(setup, dose)`
that returns `Figures`. Name it in `SCENARIOS` (`__main__.py`) and in
`test_short_doses.py`. It asserts nothing by itself: it adds figures with their limits,
and calls `check_invariants` last.

**To read the figures**: a line is name, value and limit. A line without a limit says
how much was done: a scenario whose faults struck nothing (`attempts held at the faults`
is 0) has shown nothing. `FAILED` marks a value beyond its limit; below the table stand
the first few jobs it is about. A folder of logs is not kept: run one scenario by itself
and look at its database while it runs.
"""
