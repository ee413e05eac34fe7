"""The hosts, worst first: what waits for each, how it answers, who holds it; and what
one may do about it.
"""

from textual import on, work
from textual.app import ComposeResult

from sq_console.errors import SQConsoleError
from sq_console.model import (
    ActionResult,
    BulkRequest,
    BulkVerb,
    JobFilter,
    JobState,
)
from sq_console.model.host_overview import (
    HostDetails,
    HostRow,
    HostsReading,
    HostState,
)
from sq_console.store import Store
from sq_console.ui.content.columns.request_text import names_of_hosts
from sq_console.ui.content.lines import Line, Span, Tone, cut_line
from sq_console.ui.content.tables.hold_lines import host_words
from sq_console.ui.content.tables.host_lines import (
    host_detail_lines,
    host_line,
    host_titles,
    hosts_bar,
)
from sq_console.ui.keys import LEAVING_PAGE, ON_HOST, OPENING_ROW
from sq_console.ui.screens.hold_keys import HoldKeysScreen
from sq_console.ui.screens.modal import UNCOVER_SECS
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.cursors.row_cursor import RowCursor
from sq_console.ui.state.panes import Pane
from sq_console.ui.state.screen_data import Vitals, read_vitals, seen
from sq_console.ui.widgets.cursor_list import GUTTER, UNREAD, CursorList
from sq_console.ui.widgets.painted import Lines

_Reading = tuple[Vitals, HostsReading, HostDetails | None]


class HostList(CursorList[HostRow, str]):
    """Hosts, worst first."""

    BINDINGS = [*OPENING_ROW]
    noun = "host"
    IS_RANKED = True

    def __init__(self) -> None:
        super().__init__(
            RowCursor(key_of=lambda row: row.host), id="host-list", empty=UNREAD
        )
        self._reading: HostsReading | None = None
        self._names: dict[str, str] = {}

    def show_hosts(self, reading: HostsReading) -> None:
        """Show the hosts of *reading*."""
        self._reading = reading
        self._names = names_of_hosts(row.host for row in reading.rows)
        self.empty = "No job is due, and nothing was called in the last hour."
        self.show_rows(reading.rows)

    def label(self, row: HostRow) -> str:
        """Return its name."""
        return f"host {row.host}"

    def content(self, row: HostRow, width: int) -> Line:
        """Return the row of a host."""
        if self._reading is None:
            return ()
        name = self._names.get(row.host, row.host)
        cells = self.size.width - GUTTER - 1  # with or without a thumb
        return cut_line(host_line(row, name, self._reading.now, cells), width)

    def line(self, number: int, width: int) -> tuple[Line, str]:
        """Return a row with its gutter; a held host has a `=` in it."""
        (gutter, *rest), backdrop = super().line(number, width)
        row = self.cursor.rows[number]
        if row.hold is not None:
            gutter = Span(f"{gutter.text[0]}=", Tone.WARN)
        return (gutter, *rest), backdrop


class HostsScreen(HoldKeysScreen):
    """A list of hosts, and below it more about the one under the cursor."""

    AUTO_FOCUS = "#host-list"
    BINDINGS = [*LEAVING_PAGE, *ON_HOST]

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.hosts = HostList()
        self._clock = clock
        self._details: HostDetails | None = None
        self._bar = Lines(classes="beside--bar")
        self._heads = Lines(classes="beside--heads")
        self._foot = Lines(id="host-foot")

    def compose_middle(self) -> ComposeResult:
        """Show the list below its bar and titles, and the foot."""
        yield self._bar
        yield self._heads
        yield self.hosts
        yield self._foot

    # Reading

    async def reload(self, *, full: bool) -> Vitals | None:
        """Read all hosts, and more about the one under the cursor."""
        if not full:
            return None
        host = self.hosts.cursor.key
        vitals, reading, details = await self.console.lane.run(
            lambda store: _read(store, host)
        )
        if self.is_attached:  # else it was left meanwhile
            self._details = details
            self._show(reading)
        return vitals

    def _show(self, reading: HostsReading) -> None:
        width = self.size.width
        self.hosts.show_hosts(reading)
        self._bar.show(hosts_bar(reading, width))
        gutter = Span(" " * GUTTER)
        self._heads.show((gutter, *host_titles(width - GUTTER - 1)))
        self._show_foot()

    def _show_foot(self) -> None:
        row, details = self.hosts.cursor.current, self._details
        if row is None or (details is not None and details.host != row.host):
            details = None
        cap = self.console.settings.processor.host_cap
        lines = host_detail_lines(row, details, cap, self._clock, self.size.width)
        self._foot.show(*lines)

    @on(CursorList.Changed)
    def _cursor_moved(self) -> None:
        """Show and read the host that the cursor is on now."""
        self._show_foot()
        row = self.hosts.cursor.current
        if row and (self._details is None or self._details.host != row.host):
            self.console.request_refresh()

    def hint_applies(self, action: str) -> bool:
        """Return whether the key of *action* would do something just now."""
        return action != "app.visit('hosts')" and super().hint_applies(action)

    # Going elsewhere

    def choice(self) -> object:
        """Return the host under the cursor."""
        return self.hosts.cursor.key

    def action_open(self) -> None:
        """Go to the jobs of the host: to those that failed, if it fails."""
        row = self.row_under_cursor(self.hosts)
        if row is not None:
            is_failing = row.state is HostState.FAILING
            pane = Pane.FAILED if is_failing else Pane.PENDING
            self.console.show_host(row.host, pane)

    @on(CursorList.RowOpened)
    def _open_row(self) -> None:
        self.action_open()

    def action_log_of_host(self) -> None:
        """Go to the log of the host: that changes nothing, wherever the cursor is."""
        row = self.row_under_cursor(self.hosts)
        if row is not None:
            self.console.show_host(row.host, Pane.LOG)

    def action_escape(self) -> None:
        """Go back to where one came from, painted once."""
        self.app.delay_update(UNCOVER_SECS)
        self.dismiss()

    # Acting

    def host_under_cursor(self) -> str | None:
        """Return the host under the cursor; if it just moved, a toast says so."""
        refusal, row = self.hosts.why_not_here(), self.hosts.cursor.current
        if refusal or row is None:
            self.console.notify_operator(refusal or "no host here", bad=True)
            return None
        return row.host

    def action_try_one(self) -> None:
        """Call one of its jobs, held or not."""
        host = self.host_under_cursor() if self.console.may_change() else None
        if host is not None:
            self._try_one(host)

    @work
    async def _try_one(self, host: str) -> None:
        actor = self.console.actor
        try:
            result = await self.console.lane.run(
                lambda store: _try_newest(store, host, actor)
            )
        except SQConsoleError as error:
            self.console.notify_operator(str(error), bad=True)
            return
        if result is None:
            words = f"not done: {host_words(host)} has no job that failed or waits"
            self.console.notify_operator(words, bad=True)
            return
        words = f"job {result.job_id}: {result.message}"
        self.console.notify_operator(words, bad=not result.done)
        self.console.request_refresh()

    def action_retry(self) -> None:
        """Retry its failed jobs, after counting and asking."""
        host = self.host_under_cursor() if self.console.may_change() else None
        if host is not None:
            wanted, states = JobFilter(host=host), (JobState.FAILED,)
            self.begin_bulk(BulkRequest(BulkVerb.RETRY, wanted, states))


def _read(store: Store, host: str | None) -> _Reading:
    vitals, reading = read_vitals(store), store.hosts.worst_first()
    if host is None and reading.rows:
        host = reading.rows[0].host
    return vitals, reading, None if host is None else store.hosts.details(host)


def _try_newest(store: Store, host: str, actor: str) -> ActionResult | None:
    """Try the job of *host* that failed last, else the first that waits."""
    for state in (JobState.FAILED, JobState.PENDING):
        found = store.reads.jobs(JobFilter(state, host), 1).jobs
        if found:
            return store.holds.try_once(seen(found[0]), actor)
    return None
