"""One sentence per car: why it gets what it gets."""

from forecourt.planning.wants import Want


def because(want: Want | None, amps: int, held_by: str, counted_a: float) -> str:
    if want is None:
        return f"Not under control now: counted at {counted_a:g} A."
    if not want.pilots_a:
        return "Nothing to give: cable and car take less than the smallest pilot."
    if not want.hungry:
        return f"Needs no more; kept at {amps} A from what is left over." if amps else "Needs no more."
    if amps >= want.cap_a:
        return f"All it can use: {amps} A."
    if amps:
        return f"{amps} of {want.cap_a} A it could use; held by {held_by}." if held_by else f"{amps} of {want.cap_a} A it could use."
    return f"Waits: its floor of {want.floor_a} A does not fit under {held_by}." if held_by else f"Waits: its floor is {want.floor_a} A."
