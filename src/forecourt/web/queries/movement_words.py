"""What the ledger says of a balance's movements, which it keeps in English, in words for its driver."""

import re

from forecourt.kernel import Text

_MOVEMENTS = {
    str(text): text
    for text in (
        Text("Paid from prepaid balance"),
        Text("Prepaid balance topped up"),
        Text("Put back on prepaid balance"),
        Text("Taken-back top-up made good"),
        Text("Top-up refunded"),
        Text("Top-up taken back after it was spent"),
    )
}
_WITHIN = {str(text): text for text in (Text("paid from prepaid balance"), Text("put back on prepaid balance"))}
_DISPUTE = re.compile(r"Dispute (\S+) (opened|won|reopened)")


def movement_words(text: str) -> str:
    """As it is where nobody has worded it."""
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
    """The same within a sentence."""
    return _WITHIN.get(text.lower(), text.lower())
