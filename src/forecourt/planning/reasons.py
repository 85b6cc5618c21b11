"""One sentence per car: why it gets what it gets."""

from forecourt.planning.pilots import Share
from forecourt.planning.wants import Wants

_ENDED = "Has all that its driver wants."
_LATER = "Waits for hours that its driver likes better."
_BARRED = "Waits: it may not be switched off again, and cars that had nothing could not have their turn before they leave."


def reasons(asked: Wants, share: Share) -> list[str]:
    """(cars,) in order."""
    columns = (share.amps, asked.cap_a, asked.floor_a, asked.hungry, asked.promised)
    found = [_because(*car) for car in zip(*(one.tolist() for one in columns), share.held_by, strict=True)]
    waits = asked.patient & (asked.cap_a == 0) & (asked.most_a > 0)
    special = [_special(*car) for car in zip(asked.ended.tolist(), asked.barred.tolist(), waits.tolist(), strict=True)]
    return [one or because for one, because in zip(special, found, strict=True)]


def _special(ended: bool, barred: bool, later: bool) -> str:
    return _ENDED if ended else _BARRED if barred else _LATER if later else ""


def _because(amps: int, cap_a: int, floor_a: int, hungry: bool, promised: bool, held_by: str) -> str:
    if not cap_a:
        return "Nothing to give: cable and car take less than the smallest pilot."
    if not hungry:
        return f"Has what was asked for; {amps} A of what is left over." if amps else "Needs no more."
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
