"""NATS subject names. A charger's identity may hold any character, a subject may not: hence base32hex."""

import re
from base64 import b32hexencode
from typing import Final

TOPIC: Final = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


def charger_subject(charger_id: str) -> str:
    """`forecourt.charger.<identity in base32hex, no padding>`. ValueError for an empty identity."""
    if not charger_id:
        raise ValueError("a charger's identity is not empty")
    return f"forecourt.charger.{b32hexencode(charger_id.encode()).decode().rstrip('=')}"


def hint_subject(topic: str) -> str:
    """`forecourt.hint.<topic>`. ValueError if the topic contains anything but letters, digits, `_`, `-` and dots between them."""
    if not TOPIC.fullmatch(topic):
        raise ValueError(f"not a topic: {topic!r}")
    return f"forecourt.hint.{topic}"


def presence_subject(name: str) -> str:
    """`forecourt.present.<name>`. ValueError for the names that `hint_subject` refuses."""
    if not TOPIC.fullmatch(name):
        raise ValueError(f"not a name: {name!r}")
    return f"forecourt.present.{name}"
