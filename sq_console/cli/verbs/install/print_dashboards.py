"""The verb `dashboards`: what Prometheus and Grafana are given to watch the daemons."""

from importlib.resources import files

import click

from sq_console.cli.output import print_frame

FILES = {"grafana": "grafana.json", "alerts": "alerts.yml"}


@click.command("dashboards")
@click.argument(
    "kind",
    type=click.Choice(tuple(FILES)),
    default="grafana",
    metavar="[grafana|alerts]",
)
def print_dashboards(kind: str) -> None:
    """Print a dashboard for Grafana, or alerts for Prometheus.

    Both are made of what a daemon serves at [metrics] listen: import the one, name the
    other in rule_files. One Prometheus job is to scrape the daemons of one queue.
    """
    read = files("sq_console.daemon.metrics") / FILES[kind]
    print_frame(read.read_text(encoding="utf-8").rstrip("\n"))
