"""Detects that something was changed by another person since a form was opened, so that nobody overwrites it unawares."""

from hashlib import sha256

from forecourt.kernel import Conflict


def form_version(stored: object) -> str:
    """A digest of the stored value, for a form that shows it."""
    return sha256(repr(stored).encode()).hexdigest()[:16]


def check_form_version(version: str, stored: object) -> None:
    """version: the form's digest; empty if it had none. Raises Conflict if the stored value has changed since."""
    if version and version != form_version(stored):
        raise Conflict(
            "changed_meanwhile",
            "Someone else has changed this since you opened the page.",
            "What you entered is shown below and has not been saved. The log shows what they changed. Save again to apply yours.",
        )
