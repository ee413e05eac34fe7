"""The contract with handlers, as pure functions: the meaning of an answer, the calls
that may be made, the response headers that are obeyed.

These functions read no clock, row or socket. The rules are the ancestor's where it has
one. Their text is "The contract with applications" in CONTRIBUTING.md and the README.
"""

import json
import re
from collections.abc import Mapping, Sequence
from urllib.parse import SplitResult, urlsplit

from sq_console.model import ResultCode

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
MAX_RETRY_DELAY_SECS = 86_400
TEXT_BYTES = 65_535
"""The longest value of a TEXT column."""
DEFAULT_RETRIES = 5

_FIXED_HEADERS = frozenset(
    {
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "upgrade",
        "expect",  # the body would wait for a 100 that may never come
        "x-bitlancer-job-id",
        "idempotency-key",
    }
)
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_SURROGATE = re.compile("[\ud800-\udfff]")
"""A byte of the command line that is not UTF-8."""
_UNSAFE = re.compile(r"[\x00-\x20\x7f]")


CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})
"""Headers that are sent to the origin they were given for, and to no other."""
_HOME_ORIGIN = "x-sq-origin"
"""Names that origin, once a handler has named another one; never sent."""


def classify(status_code: int) -> ResultCode:
    """Return the result of a complete answer: 200 and only 200 is success, 503 is
    temporary, any other status code permanent.
    """
    if status_code == 200:
        return ResultCode.SUCCEEDED
    return ResultCode.TEMPORARY if status_code == 503 else ResultCode.PERMANENT


def why_not_callable(http_method: str, url: str) -> str | None:
    """Return why this call may not be made, as a short reason; None if it may.

    Whether the host exists and may be called shows only during the call.
    """
    # upper() makes an S of the long s and an I of the dotless i.
    if not http_method.isascii() or http_method.strip(" ").upper() not in METHODS:
        return "bad method"
    return _why_not_url(url)


def _why_not_url(url: str) -> str | None:
    if not url.strip():
        return "bad url: it is empty"
    if _SURROGATE.search(url):
        return "bad url: it is not UTF-8 text"
    if _UNSAFE.search(url):
        return "bad url: it holds a space or a control character"
    try:
        return _why_not_parts(urlsplit(url))
    except ValueError:
        # The text of the error would repeat the credentials before the host.
        return "bad url: its host cannot be read"


def _why_not_parts(parts: SplitResult) -> str | None:
    if parts.scheme not in ("http", "https"):
        return "bad url: not http or https"
    if not parts.hostname:
        return "bad url: no host"
    return None if _has_good_port(parts) else "bad url: its port is not 1 to 65535"


def _has_good_port(parts: SplitResult) -> bool:
    try:
        return parts.port != 0
    except ValueError:
        return False


def effective_timeout(timeout_secs: int, max_timeout_secs: int) -> int:
    """Return the seconds of the whole call: at least 1, at most *max_timeout_secs*."""
    return max(1, min(timeout_secs, max_timeout_secs))


def parse_headers(raw: str | None) -> dict[str, str]:
    """Return the job's own request headers from their JSON text.

    Raises ValueError with a short reason: not an object of strings, a name that is no
    token, a value with control characters, or a header that only we send.
    """
    if raw is None or not raw.strip():
        return {}
    try:
        parsed = json.loads(raw)
    except (ValueError, RecursionError):
        raise ValueError("bad header: not JSON") from None
    if parsed is None:
        return {}
    if not isinstance(parsed, dict):
        raise ValueError("bad header: not a JSON object")
    return {name: _header_value(name, value) for name, value in parsed.items()}


def home_origin(headers: Mapping[str, str]) -> str | None:
    """Return the origin that the credentials in a job's own *headers* are for; None
    when it is the origin of the job's url.
    """
    return next(
        (headers[name] for name in headers if name.lower() == _HOME_ORIGIN), None
    )


def headers_sent(headers: Mapping[str, str], *, credentials: bool) -> dict[str, str]:
    """Return those of a job's own *headers* that are sent, with or without its
    *credentials*.
    """
    kept_back = {_HOME_ORIGIN} | (set() if credentials else CREDENTIALS)
    return {name: headers[name] for name in headers if name.lower() not in kept_back}


def edited_headers(old: str | None, new: str | None) -> str | None:
    """Return *new* headers of a job whose url stays. They keep the origin that the old
    credentials are for, unless they bring an Authorization, which replaces the `[api]`
    login.
    """
    try:
        before, after = parse_headers(old), parse_headers(new)
    except ValueError:
        return new
    home = home_origin(before)
    given = {"authorization", _HOME_ORIGIN} & {name.lower() for name in after}
    return new if home is None or given else json.dumps({**after, "X-SQ-Origin": home})


def _header_value(name: str, value: object) -> str:
    shown = name[:40]
    if not _TOKEN.match(name):
        raise ValueError(f"bad header: {shown!r} is not a header name")
    if name.lower() in _FIXED_HEADERS:
        raise ValueError(f"bad header: {shown} is not the job's to set")
    if not isinstance(value, str):
        raise ValueError(f"bad header: {shown} is not a string")
    if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value) or not _is_latin1(value):
        raise ValueError(f"bad header: {shown} holds a character that cannot be sent")
    return value


def _is_latin1(text: str) -> bool:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def obeyed_retry_delay(values: Sequence[str]) -> int | None:
    """Return the seconds in `x-bitlancer-retry-delay-secs`; None if *values* are not
    one number from 0 to 86,400.
    """
    if len(values) != 1 or not re.fullmatch(r"[0-9]{1,5}", values[0].strip(), re.ASCII):
        return None
    delay_secs = int(values[0])
    return delay_secs if delay_secs <= MAX_RETRY_DELAY_SECS else None


def fit_text(text: str, codec: str = "utf-8", max_bytes: int = TEXT_BYTES) -> str:
    """Return *text* as a column of charset *codec* can hold it: characters that the
    charset lacks are replaced, the end is cut at *max_bytes*.

    `utf8mb3` is UTF-8 without characters beyond U+FFFF. The cut falls between
    characters.
    """
    if codec == "utf8mb3":
        text = re.sub(r"[^\x00-\uffff]", "?", text)
        codec = "utf-8"
    if text.isascii() and len(text) <= max_bytes:
        return text  # every charset holds ASCII, and most texts are ASCII
    encoded = text.encode(codec, "replace")
    return encoded[:max_bytes].decode(codec, "ignore")
