"""Read a bank statement file (ISO 20022 camt.053, versions 02 and 08) into lines. The sender is not trusted: DTDs and entities are
refused, and a file that does not add up is refused as a whole."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NamedTuple
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from forecourt.billing import iban_of
from forecourt.kernel import BadInput, Money, minor_digits
from forecourt.settlement.bank import BankLine, BankStatement, LineKind, line_id

_MAX_DEPTH, _MAX_TEXT_CHARS, _MAX_LINES, _MAX_NAME_CHARS = 40, 500, 5000, 40
_NAMESPACES = frozenset(f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}" for version in ("02", "08"))
_FEES = frozenset({"CHRG", "COMM", "FEES"})
_REMEDY = "Export the statement from your bank as camt.053, version 02 or 08, and upload that file unchanged."


class _ParsedLine(NamedTuple):
    """references: the bank's own, which distinguish lines. extra: which file of ours the line belongs to, and why it came back. payer:
    an IBAN."""

    amount: Money
    references: tuple[str, ...]
    text: str
    kind: LineKind
    extra: str
    payer: str

    @property
    def whole(self) -> str:
        """The text plus `extra`, which is never cut off; it is not used to distinguish lines, as versions of the format differ in it."""
        chars_left = max(0, _MAX_TEXT_CHARS - len(self.extra) - 1)
        return f"{self.text[:chars_left]} {self.extra}".strip()[:_MAX_TEXT_CHARS]


def parse_camt(content: bytes) -> tuple[BankStatement, ...]:
    """All statements in the file, the oldest first. Raises BadInput."""
    found = [_statement(one) for one in _child(_tree(content), "BkToCstmrStmt").findall("Stmt")]
    if not found:
        raise _refused("It contains no statement.")
    if (count := sum(len(one.lines) for one in found)) > _MAX_LINES:
        raise BadInput("bank_file", f"The file has {count} lines; {_MAX_LINES} can be read at once.", "Export fewer days.")
    return tuple(sorted(found, key=lambda one: one.closes))


def _tree(content: bytes) -> Element:
    """Parse the file and drop namespaces."""
    builder, depth, form = TreeBuilder(), 0, ""

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, form
        depth += 1
        form = form or name.rpartition("}")[0]
        if form not in _NAMESPACES:
            raise _refused(f"Its format is {form[-20:] or 'not named'!r}.")
        if depth > _MAX_DEPTH:
            raise _refused("It is nested too deeply.")
        builder.start(name.rpartition("}")[2], attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name.rpartition("}")[2])

    def refuse(*_: object) -> None:
        raise _refused("It declares its own document type.")

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, builder.data
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise _refused("It is not XML.") from error
    return builder.close()


def _statement(statement: Element) -> BankStatement:
    account = _text(statement, "Acct/Id/IBAN").replace(" ", "").upper()
    if not (account.isascii() and account.isalnum() and 15 <= len(account) <= 34):
        raise _refused("Its account has no IBAN.")
    opening, _ = _balance(statement, "OPBD", "PRCD")
    closing, closes = _balance(statement, "CLBD")
    entries = [(_day(entry, "BookgDt"), parsed) for entry in statement.findall("Ntry") if _is_booked(entry) for parsed in _parts(entry)]
    if {parsed.amount.currency for _, parsed in entries} | {opening.currency} != {closing.currency}:
        raise _refused("It mixes currencies.")
    if difference := opening.minor + sum(parsed.amount.minor for _, parsed in entries) - closing.minor:
        amount = Money(abs(difference), closing.currency)
        raise _refused(
            f"Its lines, from {opening}, come to {amount} {'more' if difference > 0 else 'less'} than its closing balance of {closing}."
        )
    lines, counts = [], Counter[tuple[object, ...]]()
    for day, parsed in entries:
        identity = (day, parsed.amount.minor, parsed.amount.currency, *(parsed.references or (parsed.text,)))
        lines.append(
            BankLine(line_id(account, *identity, counts[identity]), account, day, parsed.amount, parsed.whole, parsed.kind, parsed.payer)
        )
        counts[identity] += 1
    begins = min((one.day for one in lines), default=closes)
    return BankStatement(account, _text(statement, "Id")[:_MAX_NAME_CHARS], begins, closes, opening, closing, tuple(lines))


def _is_booked(entry: Element) -> bool:
    """Whether an entry is booked. Version 08 has the status in an element of its own."""
    return (_text(entry, "Sts/Cd") or _text(entry, "Sts")) == "BOOK"


def _balance(statement: Element, *codes: str) -> tuple[Money, date]:
    for one in statement.findall("Bal"):
        if _text(one, "Tp/CdOrPrtry/Cd") in codes:
            return _signed(one, _child(one, "Amt")), _day(one, "Dt")
    raise _refused(f"The balance {codes[0]} is missing.")


def _parts(entry: Element) -> Iterator[_ParsedLine]:
    """The parts of a batch entry, if they sum to it."""
    whole, parts = _signed(entry, _child(entry, "Amt")), entry.findall("NtryDtls/TxDtls")
    amounts = [amount for part in parts if (amount := _part(entry, part)) is not None]
    is_parted = len(amounts) == len(parts) > 1 and sum(one.minor for one in amounts) == whole.minor
    if is_parted and {one.currency for one in amounts} == {whole.currency}:
        for part, amount in zip(parts, amounts, strict=True):
            if amount.minor:
                yield _parsed_line(entry, part, amount)
    elif whole.minor:
        yield _parsed_line(entry, parts[0] if len(parts) == 1 else entry, whole)


def _parsed_line(entry: Element, part: Element, amount: Money) -> _ParsedLine:
    remittance = [text for path in ("RmtInf/Ustrd", "RmtInf/Strd/CdtrRefInf/Ref", "Refs/EndToEndId") for text in _texts(part, path)]
    text = " ".join(" ".join([*remittance, *_texts(entry, "AddtlNtryInf")]).split())[:_MAX_TEXT_CHARS]
    references = (*_texts(entry, "AcctSvcrRef"), *_texts(part, "Refs/AcctSvcrRef"))
    codes = {*_texts(entry, "BkTxCd/Domn/Fmly/SubFmlyCd"), *_texts(part, "BkTxCd/Domn/Fmly/SubFmlyCd")}
    kind = LineKind.FEE if codes & _FEES and amount.minor < 0 else LineKind.MOVE
    is_returned = part.find("RtrInf") is not None or _text(entry, "RvslInd") in ("true", "1")
    files = dict.fromkeys([*_texts(entry, "NtryDtls/Btch/PmtInfId"), *_texts(part, "Refs/PmtInfId")])
    extra = " ".join([*files, *_texts(part, "RtrInf/Rsn/Cd")])
    payer = iban_of(_text(part, "RltdPties/DbtrAcct/Id/IBAN")) if amount.minor > 0 else ""
    return _ParsedLine(amount, references, text, LineKind.RETURNED if is_returned else kind, extra, payer)


def _part(entry: Element, part: Element) -> Money | None:
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        found = part.find(path)
        if found is not None:
            return _signed(part if part.find("CdtDbtInd") is not None else entry, found)
    return None


def _signed(source: Element, amount: Element) -> Money:
    currency, direction = amount.get("Ccy", ""), _text(source, "CdtDbtInd")
    try:
        value = Decimal((amount.text or "").strip())
    except InvalidOperation as error:
        raise _refused("An amount is not a number.") from error
    if not value.is_finite() or not 0 <= value < 10**12 or direction not in ("CRDT", "DBIT"):
        raise _refused("An amount is not a sum of money.")
    scaled = value.scaleb(minor_digits(currency))
    if scaled != int(scaled):
        raise _refused(f"{value} {currency} is not a sum of money.")
    return Money(int(scaled) if direction == "CRDT" else -int(scaled), currency)


def _day(element: Element, name: str) -> date:
    text = _text(element, f"{name}/Dt") or _text(element, f"{name}/DtTm")
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise _refused("A line or a balance has no date.") from error


def _child(element: Element, name: str) -> Element:
    found = element.find(name)
    if found is None:
        raise _refused(f"It has no {name}.")
    return found


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _texts(element: Element, path: str) -> list[str]:
    return [text for one in element.findall(path) if (text := (one.text or "").strip()) and text != "NOTPROVIDED"]


def _refused(reason: str) -> BadInput:
    return BadInput("bank_file", f"The file cannot be read. {reason}", _REMEDY)
