"""A request as bytes, and how much of it was sent."""

from dataclasses import dataclass
from enum import Enum

from sq_console.processor.http.request_target import RequestTarget


class Sent(Enum):
    """How much of a request was given to the network."""

    NOTHING = "nothing"
    """The handler cannot have received any of it."""
    PART = "part"
    WHOLE = "whole"
    """The handler may have received it."""


@dataclass(slots=True)
class PreparedRequest:
    """One request to *target*."""

    target: RequestTarget
    method: str
    """In upper case."""
    head: bytes
    """Request line and headers, with the empty line."""
    body: bytes
    sent: Sent = Sent.NOTHING
    """The transport sets it before its call ends without a response."""
