"""The one list of names that name secrets: of headers, parameters of urls, form fields
and JSON members.
"""

import re
from functools import lru_cache
from urllib.parse import unquote_plus

_PART_OF_A_NAME = re.compile(
    "passw|passphrase|passcode|pwd|secret|token|apikey|accesskey|privatekey|signature"
    "|credential|authori[sz]|auth(?!or)|cookie|session|jwt|bearer|hmac"
)
_WORD_OF_A_NAME = frozenset({"pass", "pw", "sig", "sid", "otp"})
_OF_A_REQUEST = frozenset({"key", "pin"})
"""Words that name a secret in a url, a form or a header, and other things in JSON."""
_WHOLE_NAME = frozenset({"code"})
"""Names in urls and forms: an OAuth code is one; `country_code` is not."""
_COUNTED = re.compile("(?i)tokens|count")

_WORDS = re.compile("[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


@lru_cache(maxsize=2_048)
def is_secret(name: str, *, of_request: bool = True) -> bool:
    """Return whether *name* names a secret: a parameter, form field or header; or, when
    it is not *of_request*, a JSON member or a word in a text.
    """
    name = unquote_plus(name)
    squashed = re.sub("[^a-z0-9]", "", name.lower())
    if _PART_OF_A_NAME.search(squashed):
        return True
    words = {word.lower() for word in _WORDS.findall(name)}
    if words & _WORD_OF_A_NAME:
        return True
    return of_request and (bool(words & _OF_A_REQUEST) or squashed in _WHOLE_NAME)


def is_count(name: str) -> bool:
    """Return whether a number named *name* counts secrets: `max_tokens`."""
    return bool(_COUNTED.search(name))
