"""Thorough checks of frames that a quick check found odd: depth, escapes, and what is left of a broken head."""

import json
import re
from itertools import accumulate
from typing import Any, NamedTuple

MAX_DEPTH = 32
# A frame with fewer brackets than this cannot be nested deeply enough to harm the decoder.
MANY_BRACKETS = 400
_NUL_OR_SURROGATE = re.compile(r"\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})")
# Possessive quantifiers (*+, ++) prevent backtracking, and an unterminated string extends to the end of the frame: if it were searched for
# again at each quote, a single frame of quotes would take minutes.
_STRING = re.compile(r'"(?:[^"\\]++|\\.?)*+"?', re.DOTALL)
_TEXT = re.compile(r"(?:[^\\]++|\\[^u]|\\u(?!0000|[dD][89a-fA-F])|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})*+", re.DOTALL)
_HEAD = re.compile(r'\s*+\[\s*+(-?\d{1,3})\s*+(?:,\s*+"((?:[^"\\\x00-\x1f]|\\.){0,400})")?')
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS = bytes(set(range(256)) - set(_STEPS))


class Head(NamedTuple):
    """What can be read of a frame's beginning; empty text for the rest."""

    kind: str
    id: str


def why_unsafe(text: str) -> str:
    """A short word for what makes the frame unsafe to decode; empty if nothing does."""
    if "\\u" in text and _NUL_OR_SURROGATE.search(text) and _bad_characters(text):
        return "characters"
    if may_be_deep(text) and _depth(text) > MAX_DEPTH:
        return "depth"
    return ""


def may_be_deep(text: str) -> bool:
    """Whether the frame has enough brackets to justify the thorough check."""
    return text.count("[") + text.count("{") > MANY_BRACKETS


def read_head(text: str) -> Head:
    """The message type and id of a frame that cannot be decoded."""
    found = _HEAD.match(text)
    if found is None:
        return Head("", "")
    return Head(found[1], _unescaped(found[2] or ""))


def has_duplicate_keys(text: str) -> bool:
    """Whether an object of the JSON text names a key twice."""
    try:
        json.loads(text, object_pairs_hook=_without_duplicates)
    except _DuplicateKeyError:
        return True
    except (ValueError, RecursionError):
        return False
    return False


class _DuplicateKeyError(Exception):
    pass


def _without_duplicates(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise _DuplicateKeyError


def _bad_characters(text: str) -> bool:
    """NUL or half of a surrogate pair: neither is text, and no database stores it."""
    return _TEXT.fullmatch(text) is None


def _depth(text: str) -> int:
    brackets = _STRING.sub("", text).encode().translate(None, _NO_BRACKETS)
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0)


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    try:
        value = json.loads(f'"{text}"')
        value.encode()
    except ValueError:
        return ""
    return "" if "\0" in value else str(value)
