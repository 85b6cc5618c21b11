"""Business errors: named for what went wrong, ignorant of HTTP and OCPP.

Each edge maps the five classes of a refusal to its own answers in one table.
"""


class Refused(Exception):
    """A rule of the business says no. The state is unchanged.

    code: short, stable, machine-readable ("slot_taken").
    text: one sentence for a person: what happened.
    remedy: what that person can do now; may be empty.
    """

    def __init__(self, code: str, text: str, remedy: str = "") -> None:
        super().__init__(f"{text} {remedy}".strip())
        self.code = code
        self.text = text
        self.remedy = remedy


class BadInput(Refused):
    """The request itself is malformed or out of range."""


class NotFound(Refused):
    """There is no such thing, or it belongs to somebody else."""


class Forbidden(Refused):
    """The caller is known but may not do this."""


class Conflict(Refused):
    """The request is fine; the state of the world does not allow it (any more)."""


class Failed(Exception):
    """No rule said no, but something that is needed did not work. The text says what happened, where, and what to do."""
