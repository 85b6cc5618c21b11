"""Validation of what people enter about a seller or buyer, before it is printed."""

import re

from forecourt.kernel import COUNTRIES, BadInput

# VAT number prefixes of the Union's countries and Northern Ireland, and of neighbours outside; Greece's differs from its country code.
_VAT_COUNTRIES = (
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT"),
    *("RO", "SE", "SI", "SK"),
)
_VAT_PREFIXES = {**{one: one for one in _VAT_COUNTRIES}, "EL": "GR", "XI": "GB", "CH": "CH", "GB": "GB", "LI": "LI", "NO": "NO"}
# The format of each country's numbers after the prefix. Whether a number has been issued is not looked up.
_VAT_FORMS = {
    **{"AT": r"U\d{8}", "BE": r"[01]\d{9}", "BG": r"\d{9,10}", "CY": r"\d{8}[A-Z]", "CZ": r"\d{8,10}", "DE": r"\d{9}", "DK": r"\d{8}"},
    **{"EE": r"\d{9}", "EL": r"\d{9}", "ES": r"[A-Z\d]\d{7}[A-Z\d]", "FI": r"\d{8}", "FR": r"[A-Z\d]{2}\d{9}", "HR": r"\d{11}"},
    **{"HU": r"\d{8}", "IE": r"\d[A-Z\d+*]\d{5}[A-Z]{1,2}", "IT": r"\d{11}", "LT": r"\d{9}(\d{3})?", "LU": r"\d{8}", "LV": r"\d{11}"},
    **{"MT": r"\d{8}", "NL": r"\d{9}B\d{2}", "PL": r"\d{10}", "PT": r"\d{9}", "RO": r"\d{2,10}", "SE": r"\d{12}", "SI": r"\d{8}"},
    "SK": r"\d{10}",
}
# The business language of each country whose language documents support.
_LANGUAGE_OF = {"DE": "de", "AT": "de", "FR": "fr", "NL": "nl", "BE": "nl", "ES": "es"}
_VAT_NUMBER = re.compile(r"(?=.*\d)[A-Z0-9][A-Z0-9 .\-]{1,29}")


def printable_line(field: str, text: str, longest: int, required: bool = False) -> str:
    """Clean a text for one printed line. Raises BadInput if it does not fit."""
    line = text.strip()
    if len(line) > longest or not line.isprintable():
        raise BadInput(field, "This does not fit on one line.", "At most {longest} characters.", longest=longest)
    if required and not line:
        raise BadInput(field, "Enter a name here.", "It appears on every document.")
    return line


def printable_address(text: str, vat_number: str) -> str:
    """Clean an address. Raises BadInput if it does not fit, or is missing beside a VAT number: bills to a company must show it
    (Directive 2006/112/EC, Article 226(5))."""
    line = printable_line("address", text, 300)
    if vat_number and not line:
        raise BadInput("address", "Enter the company's address.", "Bills with a VAT number must show it.")
    return line


def country_of_vat(number: str) -> str:
    """The ISO 3166-1 country of a VAT number, from its prefix; empty if unknown."""
    return _VAT_PREFIXES.get(number[:2].upper(), "")


def business_language(country: str) -> str:
    """The language (ISO 639-1) of documents to a company in a country."""
    return _LANGUAGE_OF.get(country, "en")


def has_country_prefix(number: str) -> bool:
    """Whether a VAT number begins with the code of a country, or one of the two prefixes that are none (BR-CO-09)."""
    return number[:2] in COUNTRIES or number[:2] in _VAT_PREFIXES


def buyer_country(country: str, vat_number: str, home: str) -> str:
    """The country of a buyer's address (BT-55): as stated, otherwise that of its VAT number, otherwise the seller's, as those about whom
    nothing is known are supplied there. home: the seller's country."""
    return country or country_of_vat(vat_number) or home


def country_code(text: str) -> str:
    """An ISO 3166-1 alpha-2 code, cleaned; empty for none. Raises BadInput."""
    code = text.strip().upper()
    if code and code not in COUNTRIES:
        raise BadInput("country", "{entered!r} is not a country.", "Choose one from the list.", entered=code[:10])
    return code


def in_union(country: str) -> bool:
    """Whether a country (ISO 3166-1) is in the European Union's VAT territory."""
    return country in (*_VAT_COUNTRIES, "GR")


def is_vat_number_of(number: str, country: str) -> bool:
    """Whether it has the format of that member state's VAT numbers."""
    stripped = re.sub(r"[ .\-]", "", number.upper())
    form = _VAT_FORMS.get(stripped[:2])
    return form is not None and country_of_vat(stripped) == country and re.fullmatch(form, stripped[2:]) is not None


def vat_number_of(text: str, country: str = "") -> str:
    """Normalise a VAT number; empty for none. One that only lacks the prefix of its country in the Union gets it, because e-invoices
    identify buyers by prefixed numbers alone (BR-CO-09). Whether it has been issued is not looked up. Raises BadInput."""
    number = text.strip().upper()
    if number and not _VAT_NUMBER.fullmatch(number):
        raise BadInput("vat_number", "{number!r} is not a VAT number.", "Letters and digits, such as DE123456789.", number=number[:30])
    prefixed = f"{_prefix_of(country)}{number}"
    return prefixed if is_vat_number_of(prefixed, country) else number


def _prefix_of(country: str) -> str:
    """Of the VAT numbers of a country in the Union; empty for others."""
    return "EL" if country == "GR" else country if in_union(country) else ""
