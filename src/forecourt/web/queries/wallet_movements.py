"""Words for a balance's movements, for its driver; the ledger records them in English."""

import re

from forecourt.kernel import Text

_MOVEMENTS = {
    "Paid from prepaid balance": Text("Paid from prepaid balance"),
    "Prepaid balance topped up": Text("Prepaid balance topped up"),
    "Put back on prepaid balance": Text("Returned to prepaid balance"),
    "Taken-back top-up made good": Text("Reversed top-up repaid"),
    "Top-up refunded": Text("Top-up refunded"),
    "Top-up taken back after it was spent": Text("Top-up reversed after it was spent"),
}
_WITHIN = {
    "paid from prepaid balance": Text("paid from prepaid balance"),
    "put back on prepaid balance": Text("returned to prepaid balance"),
}
_DISPUTE = re.compile(r"Dispute (\S+) (opened|won|reopened)")


def movement_words(text: str) -> str:
    """Unchanged if there is no translation."""
    if not (found := _DISPUTE.fullmatch(text)):
        return _MOVEMENTS.get(text, text)
    dispute, step = found.groups()
    match step:
        case "opened":
            return Text("Dispute {dispute} opened", dispute=dispute)
        case "won":
            return Text("Dispute {dispute} won", dispute=dispute)
        case _:
            return Text("Dispute {dispute} reopened", dispute=dispute)


def movement_within(text: str) -> str:
    """The same, for use within a sentence."""
    return _WITHIN.get(text.lower(), text.lower())
