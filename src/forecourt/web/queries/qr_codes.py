"""QR codes on pages."""

import segno
from markupsafe import Markup

from forecourt.kernel import Money
from forecourt.wording import transfer_code


def qr_svg(text: str) -> Markup:
    """Drawn by the server without styles, so that it works under the strictest content policy."""
    drawn: str = segno.make(text, error="m", micro=False).svg_inline(scale=5, border=2, omitsize=True, svgclass="qr", lineclass=None)
    return Markup(drawn)  # noqa: S704 - made of squares, never of the text


def girocode(payee: str, bank: str, amount: Money, number: str) -> Markup:
    """Empty if not possible."""
    return Markup(transfer_code(payee, bank, amount, number))  # noqa: S704 - made of squares too
