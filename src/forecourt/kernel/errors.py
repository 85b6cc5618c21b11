"""Business errors: named for what went wrong, ignorant of HTTP and OCPP.

Each edge maps the five classes of a refusal to its own answers in one table.
"""

from forecourt.kernel.texts import Text


class Refused(Exception):
    """A rule of the business says no. The state is unchanged.

    code: short, stable, machine-readable ("slot_taken").
    text: one sentence for a person: what happened.
    remedy: what that person can do now; may be empty.
    Both may name values in braces, which are passed as keywords, so that an edge can put them into another language: `message` and `hint`
    are the two sentences, `full_message` is one after the other.
    """

    def __init__(self, code: str, text: str, remedy: str = "", **values: object) -> None:
        self.code = code
        self.message = Text(text, **values)
        self.hint = Text(remedy, **values)
        self.full_message = Text("{message} {hint}", message=self.message, hint=self.hint) if remedy else self.message
        super().__init__(str(self.full_message))

    @property
    def text(self) -> str:
        return str(self.message)

    @property
    def remedy(self) -> str:
        return str(self.hint)


class BadInput(Refused):
    """The request itself is malformed or out of range."""


class NotFound(Refused):
    """There is no such thing, or it belongs to somebody else."""


class Forbidden(Refused):
    """The caller is known but may not do this."""


class Conflict(Refused):
    """The request is valid, but the current state does not allow it (any more)."""


class Failed(Exception):
    """No rule was broken, but something that is needed did not work. The text says what happened, where, and what to do."""
