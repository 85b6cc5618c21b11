"""What people type of a side of a document, before it is printed."""

import re

from forecourt.kernel import BadInput

_VAT_NUMBER = re.compile(r"(?=.*\d)[A-Z0-9][A-Z0-9 .\-]{1,29}")


def printed_line(field: str, text: str, longest: int, required: bool = False) -> str:
    """Raises BadInput for what one line cannot hold."""
    line = text.strip()
    if len(line) > longest or not line.isprintable():
        raise BadInput(field, "This cannot be printed in one line.", "At most {longest} characters.", longest=longest)
    if required and not line:
        raise BadInput(field, "A name is needed here.", "It stands on every document.")
    return line


def vat_number_of(text: str) -> str:
    """Empty for none. Whether it belongs to anybody is not looked up. Raises BadInput."""
    number = text.strip().upper()
    if number and not _VAT_NUMBER.fullmatch(number):
        raise BadInput("vat_number", "{number!r} is no VAT number.", "Letters and digits, such as DE123456789.", number=number[:30])
    return number
