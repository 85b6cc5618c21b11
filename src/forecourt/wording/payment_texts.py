"""How a document is paid, in one sentence: for the document itself, the email it comes with, and its page."""

from io import BytesIO

from segno import helpers

from forecourt.billing import creditor_reference, iban_of, printed_reference
from forecourt.kernel import Money
from forecourt.payments import DEBIT, TRANSFER, WALLET, PaymentProgress
from forecourt.wording.languages import Wording

_METHODS = {WALLET: "prepaid", TRANSFER: "transfer", DEBIT: "debit"}


def payment_text(how: PaymentProgress, wording: Wording, number: str, bank: str = "", amount: str = "") -> str:
    """number: of the document, for transfers; given as a reference where the bank supports these. bank: the operator's account; empty = not
    shown. amount: what is left, as a page writes it; empty = as documents write it."""
    methods = " + ".join(dict.fromkeys(wording.label(_METHODS.get(one, "card")) for one in how.methods))
    date, reference = wording.day(how.at) if how.at else "", remittance_reference(number, bank)
    where = wording.label("GUEST_PAGE" if how.guest else "APP")
    values = {"amount": amount or wording.money(how.left), "date": date, "method": methods, "number": reference, "where": where}
    if how.mandate:
        values |= {"account": how.mandate.ending, "mandate": how.mandate.number, "creditor": how.mandate.creditor_id}
    sentence = wording.label(how.status).format(**values)
    return f"{sentence} {wording.label('BANK').format(bank=bank)}" if bank and how.status == "STATED_TRANSFER" else sentence


def remittance_reference(number: str, bank: str) -> str:
    """The remittance text for a transfer to that account: for an IBAN the reference of the document number, else the number."""
    return printed_reference(number) if iban_of(bank) else number


def transfer_code(payee: str, bank: str, amount: Money, number: str) -> str:
    """The QR code (EPC069-12, "Girocode") that fills in a transfer, as SVG; empty if not possible: another currency than the euro, or an
    account without an IBAN."""
    iban, name = iban_of(bank), payee.strip()[:70]
    if not iban or not name or amount.currency != "EUR" or not 0 < amount.minor < 10**11:
        return ""
    code, drawn = helpers.make_epc_qr(name, iban, amount.amount, reference=creditor_reference(number), encoding="utf-8"), BytesIO()
    code.save(drawn, kind="svg", xmldecl=False, omitsize=True, svgclass="qr", lineclass=None, scale=4, nl=False)
    return drawn.getvalue().decode()
