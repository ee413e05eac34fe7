"""The exception tree. Each exception may be shown to a user as one line, without a
traceback.

SQConsoleError
  x SettingsError        the ini file, the environment or a flag is wrong   exit 2
  x StoreError
    - StoreUnavailable   the database cannot be reached; try again later    exit 3
      - LoginRefused     it refuses user, password or name               exit 2
      - StoreReadOnly    the server accepts no writes now
    - StoreRefused       it refused the request (schema, privilege)         exit 1
      - StoreDenied      a privilege is missing
      - SchemaMismatch   its tables are of another version              exit 2
    - RowRefused         it refused the values of this one write            exit 1
    - RowLocked          another session keeps a row locked                 exit 1
  x JobNotFound          no job has this id                                 exit 1

The result of a call is an `Outcome`, never an exception; the result of an operator's
action is an `ActionResult`.
"""


class SQConsoleError(Exception):
    """An error for a user: one line that names the cause and the remedy."""

    exit_code = 1


class SettingsError(SQConsoleError):
    """The ini file, the environment or a flag is wrong."""

    exit_code = 2


class StoreError(SQConsoleError):
    """The database did not carry out a request."""


class StoreUnavailable(StoreError):
    """The database cannot be reached, or the connection broke; trying again later may
    help.
    """

    exit_code = 3


class LoginRefused(StoreUnavailable):
    """The database is there and refuses the login: user, password or name are wrong.
    A program that starts reports it at once; a processor that was logged in before
    waits as for an outage.
    """

    exit_code = 2


class StoreReadOnly(StoreUnavailable):
    """The server is a replica, or no longer the primary; it may be promoted later."""


class StoreRefused(StoreError):
    """The database refused the request, and would refuse it again: no such table, no
    privilege.
    """

    def __init__(self, said: str, advice: str = "") -> None:
        super().__init__(f"{said}; {advice}" if advice else said)
        self.said = said
        self.advice = advice
        """The remedy, where it is known."""


class StoreDenied(StoreRefused):
    """The user lacks a privilege."""


class SchemaMismatch(StoreRefused):
    """The schema of the database is older or newer than this program's, or not the
    queue's at all.
    """

    exit_code = 2


class ProcessingRefused(StoreRefused):
    """No job is called here now: the database is a copy, or the ancestor works on it
    too.
    """


class RowRefused(StoreError):
    """The database refused the values of one write; other writes are unaffected."""


class RowLocked(StoreError):
    """Another session keeps the lock of a row that one write needs; other rows are
    unaffected.
    """


class JobNotFound(SQConsoleError):
    """No job has this id."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"no job has the id {job_id}")
        self.job_id = job_id
