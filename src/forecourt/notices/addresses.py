"""Email addresses, and text that goes into one line of an email's header."""

import re

from forecourt.kernel import BadInput

# The part before the @ in RFC 5321's unquoted form; a domain of letters, digits and hyphens, with a dot.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")


def mail_address(text: str) -> str:
    """The address with its domain in lower case and as sent over the wire (IDNA). Raises BadInput for anything else."""
    local, at, domain = text.strip().rpartition("@")
    try:
        wire = domain.encode("idna").decode("ascii").lower() if domain else ""
    except UnicodeError:
        wire = ""
    labels = wire.split(".")
    is_valid = at and len(local) <= 64 and _LOCAL.fullmatch(local) and len(labels) >= 2 and all(map(_LABEL.fullmatch, labels))
    if not is_valid or len(wire) + len(local) + 1 > 254:
        raise BadInput("email", "{given!r} is not an email address.", "Enter it as name@example.org.", given=one_line(text)[:60])
    return f"{local}@{wire}"


def one_line(text: str) -> str:
    """Make text safe for one line: line ends of every kind and control characters become one space."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
