"""What people type of a side of a document, before it is printed."""

import re

from forecourt.kernel import BadInput

_IBAN = re.compile(r"(IBAN)?[A-Z]{2}\d{2}[A-Z0-9]{4}")
# Countries of the Union and Northern Ireland, as VAT numbers begin; Greece's do not begin as its code.
_VAT_COUNTRIES = (
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT"),
    *("RO", "SE", "SI", "SK"),
)
_VAT_PREFIXES = {**{one: one for one in _VAT_COUNTRIES}, "EL": "GR", "XI": "GB"}
_VAT_NUMBER = re.compile(r"(?=.*\d)[A-Z0-9][A-Z0-9 .\-]{1,29}")


def printed_line(field: str, text: str, longest: int, required: bool = False) -> str:
    """Raises BadInput for what one line cannot hold."""
    line = text.strip()
    if len(line) > longest or not line.isprintable():
        raise BadInput(field, "This cannot be printed in one line.", "At most {longest} characters.", longest=longest)
    if required and not line:
        raise BadInput(field, "A name is needed here.", "It stands on every document.")
    return line


def check_bank(text: str) -> None:
    """What begins as an IBAN must be one (ISO 13616); other countries write theirs as they do. Raises BadInput."""
    number = text.replace(" ", "").upper()
    if not _IBAN.match(number):
        return
    number = number.removeprefix("IBAN")
    digits = "".join(str(int(char, 36)) for char in number[4:] + number[:4] if char.isalnum())
    if not 15 <= len(number) <= 34 or not number.isalnum() or int(digits) % 97 != 1:
        raise BadInput("bank", "{given!r} is no IBAN.", "Look at its digits again.", given=text[:40])


def country_of_vat(number: str) -> str:
    """ISO 3166-1 of the country whose VAT number it is, by how it begins; empty where that is not known."""
    return _VAT_PREFIXES.get(number[:2].upper(), "")


def vat_number_of(text: str) -> str:
    """Empty for none. Whether it belongs to anybody is not looked up. Raises BadInput."""
    number = text.strip().upper()
    if number and not _VAT_NUMBER.fullmatch(number):
        raise BadInput("vat_number", "{number!r} is no VAT number.", "Letters and digits, such as DE123456789.", number=number[:30])
    return number
