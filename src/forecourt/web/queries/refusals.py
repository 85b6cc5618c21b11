"""Why a card was refused, in words for its holder."""

REFUSALS = {
    "card_declined": "Your card was declined. You can try another one.",
    "insufficient_funds": "There is not enough money on this card. You can try another one.",
    "authentication_failed": "Your bank did not confirm that it was you. You can try again.",
    "authentication_timeout": "Your bank had no word from you in time. You can try again.",
}
