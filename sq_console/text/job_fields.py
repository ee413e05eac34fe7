"""What a job may be asked for, as people see and type it: one entry for each field of
`NewJob`.

The form, the options of `enqueue` and `edit`, the job's page and `show` follow this
table. How a column is read and written is said in `store.job_columns`.
"""

import re
from dataclasses import MISSING, dataclass, fields

from sq_console.model import NewJob
from sq_console.rules.contract import TEXT_BYTES
from sq_console.rules.drafts import EDITABLE

_INT_MAX = 2**31 - 1
_ID_MAX = 2**64 - 1
_MAX_DELAY_SECS = 315_360_000
"""Ten years: a TIMESTAMP ends in 2038."""


@dataclass(frozen=True, slots=True)
class NumberRange:
    """Whole numbers from *least* to *most*; *words* name a range whose ends say
    nothing.
    """

    least: int
    most: int
    words: str = ""

    def parse(self, text: str) -> int:
        """Return the number. Raises ValueError with what would be one."""
        if re.fullmatch("[+-]?[0-9]{1,30}", text.strip(), re.ASCII):
            number = int(text)
            if self.least <= number <= self.most:
                return number
        raise ValueError(
            self.words or f"a whole number from {self.least:,} to {self.most:,}"
        )


@dataclass(frozen=True, slots=True)
class ShortText:
    """A text without line ends, of at most *most* characters."""

    most: int

    def parse(self, text: str) -> str:
        """Return the text, stripped. Raises ValueError with how long it may be."""
        if len(text.strip()) > self.most:
            raise ValueError(f"a text of at most {self.most:,} characters")
        return text.strip()


@dataclass(frozen=True, slots=True)
class JobField:
    """One field of `NewJob`."""

    name: str
    """In `NewJob`; but for when a job starts, that of the column."""
    label: str
    """In the form and on the console's page of a job, which has room for 9 cells."""
    kind: NumberRange | ShortText | None = None
    """What may be typed. None: a text with a syntax, which the form and the options
    parse each in their own way.
    """
    in_form: bool = True
    option: str = ""
    """Of `enqueue` and `edit`; "" where the verbs take it in another way."""
    metavar: str = ""
    help: str = ""
    """Without its full stop; the default of a new job is added."""
    shown_as: str = ""
    """Its name in `show`. "" where `show` and the job's page have words of their own
    for it.
    """
    filter_example: str = ""
    """An example of a value that lists can be narrowed to, for the filter's help. ""
    for a column that is no field of `JobFilter`.
    """

    @property
    def word(self) -> str:
        """The field's name where an operator types it: `org` of `--org`, and `org:`."""
        return self.option.removeprefix("--")


FIELDS = (
    JobField("http_method", "method", ShortText(10)),
    JobField("url", "url", ShortText(TEXT_BYTES)),
    JobField(
        "body",
        "body",
        option="--body",
        metavar="TEXT|@FILE|-",
        help="The request's body: TEXT, what FILE holds, or standard input. A text"
        " that itself begins with @, or is -, comes by standard input",
    ),
    JobField(
        "headers",
        "headers",
        option="--header",
        metavar="'NAME: VALUE'",
        help="A request header; may be given again",
    ),
    JobField(
        "timeout_secs",
        "timeout s",
        NumberRange(1, _INT_MAX),
        option="--timeout",
        metavar="SECS",
        help="For the whole call",
    ),
    JobField(
        "remaining_retries",
        "retries",
        NumberRange(0, _INT_MAX),
        option="--retries",
        metavar="N",
        help="After temporary failures",
    ),
    JobField(
        "retry_delay_secs",
        "apart s",
        NumberRange(0, _MAX_DELAY_SECS),
        option="--retry-delay",
        metavar="SECS",
        help="Between calls, at least",
    ),
    JobField(
        "delay_secs",
        "start in s",
        NumberRange(0, _MAX_DELAY_SECS),
        option="--delay",
        metavar="SECS",
        help="Not before this long from now",
    ),
    JobField(
        "run_at",
        "start at",
        in_form=False,
        option="--at",
        metavar="TIME",
        help="Not before: 2026-09-01T14:30 (local), 14:30, 2026-09-01T12:30:00Z",
    ),
    JobField(
        "priority",
        "priority",
        NumberRange(-(2**15), 2**15 - 1),
        in_form=False,
        option="--priority",
        metavar="N",
        help="Smaller goes first",
        shown_as="priority",
    ),
    JobField(
        "organization_id",
        "org",
        NumberRange(0, _ID_MAX, "an organization_id: a whole number, 0 or more"),
        in_form=False,
        option="--org",
        metavar="N",
        help="The organization_id",
        shown_as="organization",
        filter_example="12",
    ),
)
"""In the order of the verbs' help; the form's numbers stand in it too."""
FORM_FIELDS = tuple(field for field in FIELDS if field.in_form)
SHOWN_FIELDS = tuple(field for field in FIELDS if field.shown_as)
FILTER_FIELDS = tuple(field for field in FIELDS if field.filter_example)
DEFAULTS: dict[str, object] = {
    entry.name: entry.default
    for entry in fields(NewJob)
    if entry.name in EDITABLE and entry.default is not MISSING
}
"""By column: the table's default."""
