"""Why a request has no response, as far as sockets and TLS have no exception for it."""


class NotSent(Exception):
    """The request must not be sent any more."""


class MalformedResponse(Exception):
    """What came is not HTTP/1. The text says why, and repeats no byte of it."""


class ConnectionEnded(Exception):
    """The connection ended before the response was complete. The text says where."""
