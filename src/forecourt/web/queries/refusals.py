"""Why a card was refused, in words for its holder."""

from forecourt.kernel import Text

_REFUSALS = {
    "card_declined": Text("Your card was declined. You can try another one."),
    "insufficient_funds": Text("There is not enough money on this card. You can try another one."),
    "authentication_failed": Text("Your bank did not confirm that it was you. You can try again."),
    "authentication_timeout": Text("Your bank had no word from you in time. You can try again."),
}


def refusal_words(code: str) -> str:
    """Empty where nothing was refused."""
    return _REFUSALS.get(code, Text("It did not work: {code}.", code=code)) if code else ""
