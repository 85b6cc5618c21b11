"""Why a card was refused, or no charge started, in words for the payer."""

from forecourt.kernel import Text
from forecourt.payments import WALLET, Declined, Expired, Payment, Released, Releasing

_NOTHING = Text("Your card was not charged.")
_BACK = Text("The hold on your card is released at once. Your bank may take a few days to show it.")
_FREE = Text("The amount set aside from your balance is available again.")
_REFUSALS = {
    "authentication_required": Text("Your bank needs to check that it is you. Enter your card again, and it will ask you."),
    "card_declined": Text("Your card was declined. You can try another one."),
    "insufficient_funds": Text("There is not enough money on this card. You can try another one."),
    "authentication_failed": Text("Your bank did not confirm that it was you. You can try again."),
    "authentication_timeout": Text("Your bank did not hear from you in time. You can try again."),
}
_CODES = {
    "authentication_required": Text("confirmation required"),
    "call_issuer": Text("contact your bank"),
    "card_declined": Text("card declined"),
    "card_not_supported": Text("card not supported"),
    "card_velocity_exceeded": Text("card limit reached"),
    "do_not_honor": Text("declined by the bank"),
    "expired_card": Text("expired card"),
    "generic_decline": Text("declined"),
    "incorrect_cvc": Text("wrong security code"),
    "insufficient_funds": Text("insufficient funds"),
    "lost_card": Text("lost card"),
    "processing_error": Text("processing error"),
    "refused": Text("refused"),
    "stolen_card": Text("stolen card"),
    "transaction_not_allowed": Text("payment not allowed"),
}


def refusal_text(code: str) -> str:
    """Empty if nothing was refused."""
    return _REFUSALS.get(code, Text("That did not work: {code}.", code=code)) if code else ""


def decline_text(code: str) -> str:
    """The processor's code in words; only the most frequent ones are translated."""
    return _CODES.get(code, code.replace("_", " "))


def release_text(payment: Payment) -> Text:
    """Why no charge is paid from it, and what happened to the money."""
    money_text = _FREE if payment.method == WALLET else _BACK
    match payment.state:
        case Released(why=why) | Releasing(why=why):
            default = Text("The charger did not start. {money}", money=money_text) if why.startswith("charger said") else money_text
            return _released(money_text).get(why, default)
        case Expired():
            return Text("The payment expired. {money}", money=_NOTHING)
        case Declined():
            return Text("The payment was declined. {money}", money=_NOTHING)
    return money_text


def _released(money_text: Text) -> dict[str, Text]:
    """By the code with which the hold was released."""
    return {
        "abandoned": Text("You did not pay in time. {money}", money=_NOTHING),
        "not wanted": Text("You cancelled. {money}", money=_NOTHING),
        "not put up": Text("The payment was cancelled. {money}", money=_NOTHING),
        "socket_starting": Text("Someone else was quicker at this socket. {money}", money=money_text),
        "socket_busy": Text("Someone else was quicker at this socket. {money}", money=money_text),
        "socket_reserved": Text("This socket has since been reserved for a booking. {money}", money=money_text),
        "socket_out_of_use": Text("This socket went out of order. {money}", money=money_text),
        "promised_soon": Text("This socket has since been promised to a booking. {money}", money=money_text),
        "no_room": Text("There was not enough power for this socket yet. {money}", money=money_text),
        "site_closed": Text("The place has since closed. {money}", money=money_text),
        "socket_maintained": Text("This socket went out of service. {money}", money=money_text),
        "queue": Text("It is the turn of someone who was waiting. {money}", money=money_text),
        "no charge followed": Text("Charging did not start. {money}", money=money_text),
    }
