"""How a document is paid, in a sentence: on the document itself, in the letter it comes with, and on its page."""

from forecourt.payments import TRANSFER, WALLET, PaidHow
from forecourt.wording.languages import Wording

_METHODS = {WALLET: "prepaid", TRANSFER: "transfer"}


def paid_words(how: PaidHow, words: Wording, number: str, bank: str = "", amount: str = "") -> str:
    """number: the document's, for who transfers. bank: where to, as the operator has it; empty = not told. amount: what is left, as a
    page writes it; empty = as documents do."""
    methods = " + ".join(dict.fromkeys(words.label(_METHODS.get(one, "card")) for one in how.methods))
    date = words.day(how.at) if how.at else ""
    sentence = words.label(how.state).format(amount=amount or words.money(how.left), date=date, method=methods, number=number)
    return f"{sentence} {words.label('BANK').format(bank=bank)}" if bank and how.state == "STATED_TRANSFER" else sentence
