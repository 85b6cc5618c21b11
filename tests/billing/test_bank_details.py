"""IBANs and creditor references, compared with a library that checks both."""

import re
from datetime import date
from io import BytesIO

import segno
from hypothesis import assume, example, given
from hypothesis import strategies as st
from stdnum import iban as iban_checked
from stdnum import iso11649, numdb
from stdnum.iso7064 import mod_97_10

from forecourt.billing import SEPA, creditor_reference, document_number, iban_of, printed_reference, referenced_numbers
from forecourt.kernel import Money
from forecourt.settlement import BankLine, line_id
from forecourt.wording import remittance_reference, transfer_code

_IBANS = ("DE02 1203 0000 0000 2020 51", "NL91ABNA0417164300", "FR1420041010050500013M02606", "MT84MALT011000012345MTLCAST001S")
numbers = st.builds(document_number, st.sampled_from(["INV", "ACC", "PST"]), st.integers(2000, 2099), st.integers(1, 999_999))


@given(numbers)
def test_a_creditor_reference_is_valid_by_iso_11649_and_gives_back_its_document_number(number: str) -> None:
    made = creditor_reference(number)
    assert iso11649.is_valid(made) and referenced_numbers(f"Rechnung {printed_reference(number)} vom 2026-06-01, danke") == (number,)


@given(numbers, st.integers(0, 16), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_a_creditor_reference_with_one_changed_character_is_rejected(number: str, place: int, sign: str) -> None:
    """A letter counts as two digits and shifts all before it; one in 97 such changes is valid by chance."""
    made = creditor_reference(number)
    assume(made[place].isdigit() == sign.isdigit())
    assert made[place] == sign or not referenced_numbers(made[:place] + sign + made[place + 1 :])


@example("FR1420041010050500013M02606", 3, "V")
@example("NL91ABNA0417164300", 16, "C")  # its check digits are right; where a country has letters is not looked at
@given(st.sampled_from(_IBANS), st.integers(0, 33), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_an_iban_is_checked_by_country_length_and_check_digits(iban: str, place: int, sign: str) -> None:
    typed = iban[:place] + sign + iban[place + 1 :]
    is_one = iban_checked.is_valid(typed) and typed[2:4].isdigit()  # the library takes letters there as well
    assert bool(iban_of(iban)) and bool(iban_of(typed)) >= is_one
    if number := iban_of(typed):
        assert mod_97_10.is_valid(number[4:] + number[:4]) and len(number) == SEPA.get(number[:2], len(number))


def test_the_lengths_of_ibans_are_those_of_the_official_register() -> None:
    for country, length in SEPA.items():
        form = numdb.get("iban").info(country + "0" * 32)[0][1]["bban"]
        assert 4 + sum(map(int, re.findall(r"\d+", form))) == length, country


def test_a_bank_line_refers_to_a_document_by_its_reference_anywhere_in_the_text() -> None:
    line = BankLine(
        line_id("A"), "A", date(2026, 6, 1), Money(1, "EUR"), f"EREF+{creditor_reference('INV-2026-000042').lower()}SVWZ INV-2026-000042"
    )
    assert line.numbers == ("INV-2026-000042",)


def test_the_payment_qr_code_follows_the_guidelines_of_the_european_payments_council() -> None:
    number, bank = "ACC-2026-000003", "DE02 1203 0000 0000 2020 51"
    payload = f"BCD\n002\n1\nSCT\n\nStädte & Söhne GmbH\nDE02120300000000202051\nEUR12.3\n\n{creditor_reference(number)}".encode()
    assert _svg(payload) == transfer_code("Städte & Söhne GmbH", bank, Money(12_30, "EUR"), number)
    cent = Money(1, "EUR")
    for payee, to, amount in (("A", "12-34-56", cent), ("A", bank, Money(1, "SEK")), ("A", bank, Money(0, "EUR")), (" ", bank, cent)):
        assert transfer_code(payee, to, amount, number) == ""
    assert remittance_reference(number, bank) == printed_reference(number) and remittance_reference(number, "12-34-56") == number


def _svg(payload: bytes) -> str:
    code = segno.make_qr(payload, error="m", boost_error=False)
    assert isinstance(code.version, int) and code.version <= 13
    drawn = BytesIO()
    code.save(drawn, kind="svg", xmldecl=False, omitsize=True, svgclass="qr", lineclass=None, scale=4, nl=False)
    return drawn.getvalue().decode()
