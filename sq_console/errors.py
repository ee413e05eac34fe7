"""The exception tree. Every one of them may be shown to a user as one line, without a
traceback.

SQConsoleError
  x SettingsError        the ini file, the environment or a flag is wrong   exit 2
  x StoreError
    - StoreUnavailable   the database cannot be reached; try again later    exit 3
    - StoreRefused       it answered and said no (schema, privilege)        exit 1
    - RowRefused         it refused the values of this one write            exit 1
    - RowLocked          somebody else keeps a row locked                   exit 1
  x JobNotFound          no job has this id                                 exit 1

What a handler does is never an exception but an `Outcome`; what an operator's action
came to is an `ActionResult`.
"""


class SQConsoleError(Exception):
    """Something a user should read: one line that names the thing and the remedy."""

    exit_code = 1


class SettingsError(SQConsoleError):
    """The ini file, the environment or a flag is wrong."""

    exit_code = 2


class StoreError(SQConsoleError):
    """The database did not do what was asked."""


class StoreUnavailable(StoreError):
    """The database cannot be reached, or the connection broke; trying again later may
    help.
    """

    exit_code = 3


class StoreRefused(StoreError):
    """The database answered, and the answer will be the same next time: no such table,
    no privilege.
    """


class RowRefused(StoreError):
    """The database refused the values of one write; other writes are not concerned."""


class RowLocked(StoreError):
    """Somebody else keeps the lock of a row that one write needs; other rows are not
    concerned.
    """


class JobNotFound(SQConsoleError):
    """No job has this id."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"no job has the id {job_id}")
        self.job_id = job_id
