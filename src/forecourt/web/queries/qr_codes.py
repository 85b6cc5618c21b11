"""Codes that a phone reads from a page."""

import segno
from markupsafe import Markup

from forecourt.kernel import Money
from forecourt.wording import transfer_code


def qr_of(text: str) -> Markup:
    """Drawn by the server; no style, so that the strictest policy lets it stand."""
    drawn: str = segno.make(text, error="m", micro=False).svg_inline(scale=5, border=2, omitsize=True, svgclass="qr", lineclass=None)
    return Markup(drawn)  # noqa: S704 - made of squares, never of the text


def girocode(payee: str, bank: str, amount: Money, number: str) -> Markup:
    """Empty where there is none."""
    return Markup(transfer_code(payee, bank, amount, number))  # noqa: S704 - made of squares too
