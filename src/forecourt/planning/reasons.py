"""One sentence per car: why it gets what it gets."""

from forecourt.planning.pilots import Share
from forecourt.planning.wants import Wants


def reasons(asked: Wants, share: Share) -> list[str]:
    """(cars,) in order."""
    columns = (share.amps, asked.cap_a, asked.floor_a, asked.hungry, asked.promised)
    return [_because(*car) for car in zip(*(one.tolist() for one in columns), share.held_by, strict=True)]


def _because(amps: int, cap_a: int, floor_a: int, hungry: bool, promised: bool, held_by: str) -> str:
    if not cap_a:
        return "Nothing to give: cable and car take less than the smallest pilot."
    if not hungry:
        return f"Needs no more; kept at {amps} A from what is left over." if amps else "Needs no more."
    if promised and amps:
        held = f"; held by {held_by}" if held_by and amps < cap_a else ""
        return f"{amps} of {cap_a} A it could use, {min(amps, floor_a)} A of it promised with the booking{held}."
    if amps >= cap_a:
        return f"All it can use: {amps} A."
    if amps:
        return f"{amps} of {cap_a} A it could use; held by {held_by}." if held_by else f"{amps} of {cap_a} A it could use."
    return f"Waits: its floor of {floor_a} A does not fit under {held_by}." if held_by else f"Waits: its floor is {floor_a} A."


def counted(amps: float) -> str:
    return f"Not under control now: counted at {amps:g} A."
