"""Why a card was refused, or no charge began, in words for who was to pay."""

from forecourt.kernel import Text
from forecourt.payments import WALLET, Declined, Expired, Payment, Released, Releasing

_NOTHING = Text("Nothing was taken from your card.")
_BACK = Text("What was held on your card is given back at once; your bank may take some days to show it.")
_FREE = Text("What was set aside of your balance is free again.")
_REFUSALS = {
    "authentication_required": Text("Your bank wants to know whether it is you. Show your card once more, and it will ask you."),
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


def why_over(payment: Payment) -> Text:
    """Why no charge is paid from it, and what became of the money."""
    back = _FREE if payment.method == WALLET else _BACK
    match payment.state:
        case Released(why=why) | Releasing(why=why):
            other = Text("The charger did not start. {money}", money=back) if why.startswith("charger said") else back
            return _released(back).get(why, other)
        case Expired():
            return Text("The payment lapsed. {money}", money=_NOTHING)
        case Declined():
            return Text("The payment was declined. {money}", money=_NOTHING)
    return back


def _released(back: Text) -> dict[str, Text]:
    """By the code that the hold was given back with."""
    return {
        "abandoned": Text("You did not pay in time. {money}", money=_NOTHING),
        "not wanted": Text("You cancelled. {money}", money=_NOTHING),
        "not put up": Text("The payment was cancelled. {money}", money=_NOTHING),
        "socket_starting": Text("Somebody else was quicker at this socket. {money}", money=back),
        "socket_busy": Text("Somebody else was quicker at this socket. {money}", money=back),
        "socket_reserved": Text("This socket was kept for a booking meanwhile. {money}", money=back),
        "socket_out_of_use": Text("This socket went out of order. {money}", money=back),
        "promised_soon": Text("This socket was promised to a booking meanwhile. {money}", money=back),
        "no_room": Text("There was no room yet for all that this socket can draw. {money}", money=back),
        "site_closed": Text("The place closed meanwhile. {money}", money=back),
        "socket_maintained": Text("This socket went out of service. {money}", money=back),
        "queue": Text("It is the turn of somebody who waited. {money}", money=back),
        "no charge followed": Text("No charge began. {money}", money=back),
    }
