"""What somebody saw of rules before they typed, so that nobody undoes unawares what another has changed meanwhile."""

from hashlib import sha256

from forecourt.kernel import Conflict


def seen_of(kept: object) -> str:
    """A mark of what is kept, for a form that shows it."""
    return sha256(repr(kept).encode()).hexdigest()[:16]


def check_seen(told: str, kept: object) -> None:
    """told: the form's mark; empty where there was none. Raises Conflict where something else is kept by now."""
    if told and told != seen_of(kept):
        raise Conflict(
            "changed_meanwhile",
            "Someone else has changed this since you opened the page.",
            "What you entered is shown below and has not been saved. The log shows what they changed. Save again to apply yours.",
        )
