"""The exception tree. Every one of them may be shown to a user as one line, without a
traceback.

SQConsoleError
  x SettingsError        the ini file, the environment or a flag is wrong   exit 2
  x StoreError
    - StoreUnavailable   the database cannot be reached; try again later    exit 3
      - LoginRefused     it does not let these settings in               exit 2
      - StoreReadOnly    the server is not to be written to now
    - StoreRefused       it answered and said no (schema, privilege)        exit 1
      - StoreDenied      a privilege is missing
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


class LoginRefused(StoreUnavailable):
    """The database is there and does not let us in: user, password or name are wrong.
    Who starts is told so at once; who was let in before waits as for an outage.
    """

    exit_code = 2


class StoreReadOnly(StoreUnavailable):
    """The server is a replica, or another is the primary now; it may be promoted."""


class StoreRefused(StoreError):
    """The database answered, and the answer will be the same next time: no such table,
    no privilege.
    """

    def __init__(self, said: str, advice: str = "") -> None:
        super().__init__(f"{said}; {advice}" if advice else said)
        self.said = said
        self.advice = advice
        """What to do about it, where that is known."""


class StoreDenied(StoreRefused):
    """The user lacks a privilege."""


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
