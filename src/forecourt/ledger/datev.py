"""The ledger as a DATEV posting batch (EXTF, category 21 "Buchungsstapel", format version 13): Windows-1252, CRLF, decimal comma.

An amount in a foreign currency carries its rate (units per euro), the amount in euros and "EUR" (columns 4 to 6); DATEV
requires all three or none. The amount in euros is the amount divided by the rate, rounded once.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from uuid import UUID
from zoneinfo import ZoneInfo

from forecourt.kernel import BadInput, Money, minor_digits, utc
from forecourt.ledger.charts import Chart
from forecourt.ledger.manual import MANUAL_KEY
from forecourt.ledger.model import SELF_BILLED_KEY, Account, AccountKind, ChainedTxn, Posting

MAX_ROWS = 99_999
BASE = "EUR"
_DECIMALS, _NAME = 2, 30
_LOCK = 113  # "Festschreibung", counted from 0
_COLUMNS: tuple[str, ...] = (
    "Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "WKZ Umsatz", "Kurs", "Basisumsatz", "WKZ Basisumsatz", "Konto",
    "Gegenkonto (ohne BU-Schlüssel)", "BU-Schlüssel", "Belegdatum", "Belegfeld 1", "Belegfeld 2", "Skonto", "Buchungstext",
    "Postensperre", "Diverse Adressnummer", "Geschäftspartnerbank", "Sachverhalt", "Zinssperre", "Beleglink",
    *(f"Beleginfo – {part} {number}" for number in range(1, 9) for part in ("Art", "Inhalt")),
    "KOST1 – Kostenstelle", "KOST2 – Kostenstelle", "Kost Menge", "EU-Land u. USt-IdNr.", "EU-Steuersatz", "Abw. Versteuerungsart",
    "Sachverhalt L+L", "Funktionsergänzung L+L", "BU 49 Hauptfunktionstyp", "BU 49 Hauptfunktionsnummer", "BU 49 Funktionsergänzung",
    *(f"Zusatzinformation – {part} {number}" for number in range(1, 21) for part in ("Art", "Inhalt")),
    "Stück", "Gewicht", "Zahlweise", "Forderungsart", "Veranlagungsjahr", "Zugeordnete Fälligkeit", "Skontotyp", "Auftragsnummer",
    "Buchungstyp", "USt-Schlüssel (Anzahlungen)", "EU-Mitgliedstaat (Anzahlungen)", "Sachverhalt L+L (Anzahlungen)",
    "EU-Steuersatz (Anzahlungen)", "Erlöskonto (Anzahlungen)", "Herkunft-Kz", "Leerfeld", "KOST-Datum", "SEPA-Mandatsreferenz",
    "Skontosperre", "Gesellschaftername", "Beteiligtennummer", "Identifikationsnummer", "Zeichnernummer", "Postensperre bis",
    "Bezeichnung SoBil-Sachverhalt", "Kennzeichen SoBil-Buchung", "Festschreibung", "Leistungsdatum", "Datum Zuord. Steuerperiode",
    "Fälligkeit", "Generalumkehr", "Steuersatz", "Land", "Abrechnungsreferenz", "BVV-Position",
    "EU-Mitgliedstaat u. UStID (Ursprung)", "EU-Steuersatz (Ursprung)", "Abw. Skontokonto",
)  # fmt: skip
_DOCUMENT_FIELD = re.compile(r"[^A-Za-z0-9$&%*+/-]")


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch covers. start, end: local days in zone, both inclusive, within one fiscal year (here a calendar year). final: the
    books of these days are closed, so the file can no longer come out differently. rates: units of a currency per euro. left_out:
    currencies whose entries are excluded."""

    consultant: int
    client: int
    chart: Chart
    start: date
    end: date
    zone: str
    final: bool = False
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not 1001 <= self.consultant <= 9_999_999 or not 1 <= self.client <= 99_999:
            raise BadInput("datev_numbers", "A consultant number is 1001 to 9999999, a client number 1 to 99999.", "Ask your accountant.")
        if self.start > self.end or self.start.year != self.end.year:
            raise BadInput("datev_period", "The days must lie in one year, the first before the last.", "Export each year by itself.")


@dataclass(frozen=True, slots=True)
class ForeignCurrency:
    """Entries in a currency other than the batch's. exportable: whether they can be exported, given a rate: DATEV allows two decimals."""

    currency: str
    postings: int

    @property
    def exportable(self) -> bool:
        return minor_digits(self.currency) <= _DECIMALS


@dataclass(frozen=True, slots=True)
class Renumbering:
    """What a customer owed (negative: was owed) when its account got another number, at the beginning of a day of the batch."""

    account: Account
    day: date
    balance: Money


def foreign_currencies(book: Iterable[ChainedTxn], renumberings: Iterable[Renumbering] = ()) -> tuple[ForeignCurrency, ...]:
    """Count the ledger's postings, and balances to move, per foreign currency. Memo postings (sums held on cards) are ignored."""
    counts = Counter(one.txn.currency for one in book for posting in one.txn.postings if not posting.source.memo)
    counts.update(one.balance.currency for one in renumberings if one.balance)
    return tuple(ForeignCurrency(currency, count) for currency, count in sorted(counts.items()) if currency != BASE)


def collect_postings(book: Iterable[ChainedTxn], chart: Chart) -> list[ChainedTxn]:
    """The whole ledger as a list. Raises BadInput as soon as its postings in euros exceed one file, without reading the rest."""
    taken, rows = [], 0
    for one in book:
        taken.append(one)
        day = one.txn.at.date()
        rows += sum(_moves(posting, None, chart, day) for posting in one.txn.postings) if one.txn.currency == BASE else 0
        if rows > MAX_ROWS:
            raise BadInput("datev_rows", f"There are more postings than the {MAX_ROWS} of one file.", "Choose fewer days.")
    return taken


def parse_exchange_rate(text: str, currency: str) -> Decimal:
    """Parse an exchange rate written with a comma or a point. Raises BadInput for one that DATEV cannot take: it allows five digits
    before the decimal point and six after."""
    try:
        rate = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        rate = Decimal(0)
    if not rate.is_finite() or not 0 < rate < 100_000 or rate != round(rate, 6):
        raise BadInput("rate", f"{text[:20]!r} is not a rate of {currency}.", "Write the units for one euro, such as 0.9432.")
    return rate


# By document and revenue account: minor units for each VAT rate at which they were taxed.
RevenueByRate = Mapping[UUID, Mapping[Account, Mapping[str, int]]]


def posting_batch(
    book: Sequence[ChainedTxn],
    batch: Batch,
    at: datetime,
    shares: RevenueByRate | None = None,
    renumberings: Sequence[Renumbering] = (),
) -> bytes:
    """Write the file; memo postings (sums held on cards) are left out. Raises BadInput for anything DATEV cannot represent.

    book: the transactions of the batch's days. Each posting becomes one row (debit account, contra account); where shares are
    given, a posting of revenue becomes one row per VAT rate. A posting between two accounts with one number in the chart, such as a
    debt that a fleet takes over from its driver, has no row: it moves nothing there, and DATEV refuses an account against itself. A
    customer whose account gets another number has a row that moves its balance there.
    """
    known, taken = shares or {}, [one for one in book if one.txn.currency not in batch.left_out]
    moved = ((one, posting) for one in taken for posting in one.txn.postings if not posting.source.memo)
    parts = ((one, *part) for one, posting in moved for part in _parts(one, posting, known))
    rows = [row for row in parts if _moves(*row[1:], batch.chart, _day(row[0].txn.at, batch))]
    brought = [row for one in renumberings if one.balance.currency not in batch.left_out and (row := _renumbered(one, batch))]
    if len(rows) + len(brought) > MAX_ROWS:
        raise BadInput("datev_rows", f"{len(rows) + len(brought)} postings are more than the {MAX_ROWS} of one file.", "Choose fewer days.")
    written = (_row(one, posting, percent, batch) for one, posting, percent in rows)
    lines = [_header(batch, at), ";".join(_COLUMNS), *brought, *written]
    return "".join(f"{line}\r\n" for line in lines).encode("cp1252", "replace")


def _header(batch: Batch, at: datetime) -> str:
    made = f"{utc(at).astimezone(ZoneInfo(batch.zone)):%Y%m%d%H%M%S}{at.microsecond // 1000:03d}"
    days = f"{batch.start:%Y%m%d};{batch.end:%Y%m%d}"
    who = f"{batch.consultant};{batch.client};{batch.start.year}0101;4;{days}"
    name = "Forecourt" if batch.final else "Forecourt vorläufig"
    if batch.left_out:
        named = f"{name} ohne {' '.join(sorted(batch.left_out))}"
        name = named if len(named) <= _NAME else "Forecourt unvollständig"
    return f'"EXTF";700;21;"Buchungsstapel";13;{made};;"FC";"";"";{who};"{name}";"";1;0;0;"EUR";;"";;;"{batch.chart.code}";;;"";""'


def _parts(one: ChainedTxn, posting: Posting, shares: RevenueByRate) -> list[tuple[Posting, str | None]]:
    """Split a document's revenue by VAT rate. A part with the opposite sign to the whole (a discount) swaps debit and credit."""
    account = posting.source if posting.source.kind is AccountKind.REVENUE else posting.destination
    found = shares.get(one.txn.subject, {}).get(account, {})
    whole = sum(found.values())
    if abs(whole) != posting.amount.minor:
        return [(posting, None)]
    parts: list[tuple[Posting, str | None]] = []
    for percent, minor in sorted(found.items()):
        part = Money(minor if whole > 0 else -minor, posting.amount.currency)
        if minor:
            parts.append((Posting.of(posting.source, posting.destination, part), percent))
    return parts


def _moves(posting: Posting, percent: str | None, chart: Chart, day: date) -> bool:
    """Whether a posting changes the balance of an account of the chart."""
    numbers = (chart.number(account, percent, day) for account in (posting.source, posting.destination))
    return not posting.source.memo and len(set(numbers)) > 1


def _day(at: datetime, batch: Batch) -> date:
    return utc(at).astimezone(ZoneInfo(batch.zone)).date()


def _row(one: ChainedTxn, posting: Posting, percent: str | None, batch: Batch) -> str:
    day = _day(one.txn.at, batch)
    debit, credit = (batch.chart.number(account, percent, day) for account in (posting.destination, posting.source))
    row = _amounts(posting.amount, batch, f"entry {one.position}")
    row[6], row[7] = debit, credit
    row[9] = f"{day:%d%m}"
    row[10] = _quoted(_DOCUMENT_FIELD.sub("", _document(one))[:36])
    late = "" if one.txn.about is None else f"vom {_day(one.txn.about, batch):%d.%m.%Y} "
    row[13] = _quoted(f"{late}{one.txn.text} {posting.source.name}"[:60])
    return ";".join(row)


def _renumbered(one: Renumbering, batch: Batch) -> str:
    """Empty if nothing has to move."""
    before, after = (batch.chart.number(one.account, None, day) for day in (one.day - timedelta(days=1), one.day))
    if before == after or not one.balance:
        return ""
    row = _amounts(max(one.balance, -one.balance), batch, f"the balance of {before}")
    row[6], row[7] = (after, before) if one.balance.minor > 0 else (before, after)
    row[9] = f"{one.day:%d%m}"
    row[10], row[13] = _quoted(f"FC-{before}-{after}"), _quoted(f"Umbuchung von {before} auf {after}")
    return ";".join(row)


def _amounts(amount: Money, batch: Batch, what: str) -> list[str]:
    """A row with only its amount. what: is posted, for errors."""
    row = [""] * len(_COLUMNS)
    row[0] = f"{amount.amount:.2f}".replace(".", ",")
    row[1], row[2] = '"S"', f'"{amount.currency}"'
    if amount.currency != BASE:
        row[3:6] = _converted(what, amount, batch)
    row[_LOCK] = "0"
    return row


def _document(one: ChainedTxn) -> str:
    """The document's number if there is one, else the entry's position in the ledger."""
    kind, _, number = one.txn.key.partition("/")
    return one.txn.text if kind in ("document", SELF_BILLED_KEY) else number if kind == MANUAL_KEY else f"FC-{one.position}"


def _converted(what: str, amount: Money, batch: Batch) -> list[str]:
    """Columns 4 to 6: rate, amount in euros and "EUR"."""
    rate = batch.rates.get(amount.currency)
    if rate is None or minor_digits(amount.currency) > _DECIMALS:
        text = f"{what[0].upper()}{what[1:]} is in {amount.currency}, for which the batch has no rate."
        raise BadInput("datev_currency", text, "Give its rate, or leave its entries out.")
    base = Money.of(amount.amount / rate, BASE)
    if not base:
        raise BadInput("datev_currency", f"{amount} of {what} is less than half a cent.", f"Leave {amount.currency} out.")
    return [f"{rate:f}".replace(".", ","), f"{base.amount:.2f}".replace(".", ","), f'"{BASE}"']


def _quoted(text: str) -> str:
    clean = "".join(char if char.isprintable() else " " for char in text)
    return '"' + clean.replace('"', '""') + '"'
