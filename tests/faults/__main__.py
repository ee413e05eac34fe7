"""`python -m tests.faults --full [NAME …]`: the whole dose, as a table."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable

from tests.binaries import find_binary
from tests.faults.figures import Figures
from tests.faults.scenario_setup import ScenarioSetup, setup_on
from tests.faults.scenarios import (
    cancellations,
    connection_resets,
    database_freezes,
    hostile_cases,
    kills,
    kills_at_points,
    migrate,
    operators,
    outages,
    processor_suspends,
    shutdowns,
    silent_host,
)
from tests.servers import Server

SCENARIOS: dict[str, Callable[[ScenarioSetup], Figures]] = {
    "kills": kills.run,
    "kills_at_points": kills_at_points.run,
    "kills_of_rescuers": kills_at_points.run_rescuers,
    "outages": outages.run,
    "database_freezes": database_freezes.run,
    "processor_suspends": processor_suspends.run,
    "connection_resets": connection_resets.run,
    "operators": operators.run,
    "cancellations": cancellations.run,
    "hostile_cases": hostile_cases.run,
    "silent_host": silent_host.run,
    "shutdowns": shutdowns.run,
    "migrate": migrate.run,
}
"""Each runs on a server of its own."""


def main(arguments: list[str]) -> int:
    """Run the scenarios named, or all; 1 if a figure is not as it should be."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup's, and so every processor's
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("names", nargs="*", metavar="NAME", help="scenarios to run")
    parser.add_argument("--full", action="store_true", help="the whole dose of each")
    parser.add_argument("--list", action="store_true", help="name the scenarios")
    parser.add_argument("--product", choices=["mariadb", "mysql"], default="mariadb")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.names) - set(SCENARIOS):
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    if asked.list or not (asked.full or asked.names):
        print("\n".join(map(_with_summary, SCENARIOS)))
        return 0
    results = {
        name: _run_scenario(name, asked.product) for name in asked.names or SCENARIOS
    }
    failed = [name for name, figures in results.items() if figures.failures]
    print(f"\n{len(results)} scenarios, failed: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


def _with_summary(name: str) -> str:
    run = SCENARIOS[name]
    about = run if run is kills_at_points.run_rescuers else sys.modules[run.__module__]
    return f"{name:<20}{str(about.__doc__).splitlines()[0]}"


def _run_scenario(name: str, product: str) -> Figures:
    server = Server(find_binary(product, os.environ))
    began = time.monotonic()
    print(f"\n{name} …", flush=True)
    try:
        with setup_on(server) as setup:
            figures = SCENARIOS[name](setup)
    except Exception as error:  # noqa: BLE001 - one scenario's; the others go on
        figures = Figures()
        figures.none_of("errors of the scenario itself", [repr(error)])
    finally:
        server.close()
    verdict = "FAILED" if figures.failures else "passed"
    version = ".".join(map(str, server.version))
    secs = time.monotonic() - began
    print(f"{name}: {verdict}  ({product} {version}, {secs:.0f} s)", flush=True)
    print("\n".join(figures.lines()), flush=True)
    return figures


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
