"""Why a card was refused, in words for its holder."""

from forecourt.kernel import Text

_REFUSALS = {
    "card_declined": Text("Your card was declined. You can try another one."),
    "insufficient_funds": Text("There is not enough money on this card. You can try another one."),
    "authentication_failed": Text("Your bank did not confirm that it was you. You can try again."),
    "authentication_timeout": Text("Your bank had no word from you in time. You can try again."),
}
_CODES = {
    "authentication_required": Text("authentication required"),
    "call_issuer": Text("call issuer"),
    "card_declined": Text("card declined"),
    "card_not_supported": Text("card not supported"),
    "card_velocity_exceeded": Text("card velocity exceeded"),
    "do_not_honor": Text("do not honor"),
    "expired_card": Text("expired card"),
    "generic_decline": Text("generic decline"),
    "incorrect_cvc": Text("incorrect cvc"),
    "insufficient_funds": Text("insufficient funds"),
    "lost_card": Text("lost card"),
    "processing_error": Text("processing error"),
    "refused": Text("refused"),
    "stolen_card": Text("stolen card"),
    "transaction_not_allowed": Text("transaction not allowed"),
}


def refusal_words(code: str) -> str:
    """Empty where nothing was refused."""
    return _REFUSALS.get(code, Text("It did not work: {code}.", code=code)) if code else ""


def decline_words(code: str) -> str:
    """The processor's word, of those it says most in the reader's language."""
    return _CODES.get(code, code.replace("_", " "))
