"""The book as a DATEV posting batch (EXTF, category 21 "Buchungsstapel", format version 13): Windows-1252, CRLF, decimal comma."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from forecourt.kernel import BadInput, Money, utc
from forecourt.ledger.charts import Chart
from forecourt.ledger.model import Account, AccountKind, ChainedTxn, Posting

MOST_ROWS = 99_999
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
    """What a batch is for. start, end: local days of zone, both included, within one fiscal year (a calendar year here). final: their
    books are closed, so that the file cannot come out otherwise later."""

    consultant: int
    client: int
    chart: Chart
    start: date
    end: date
    zone: str
    final: bool = False

    def __post_init__(self) -> None:
        if not 1001 <= self.consultant <= 9_999_999 or not 1 <= self.client <= 99_999:
            raise BadInput("datev_numbers", "A consultant number is 1001 to 9999999, a client number 1 to 99999.", "Ask your accountant.")
        if self.start > self.end or self.start.year != self.end.year:
            raise BadInput("datev_period", "The days must lie in one year, the first before the last.", "Export each year by itself.")


def within(book: Iterable[ChainedTxn], start: date, end: date, zone: str) -> list[ChainedTxn]:
    """The transactions of those local days, in the order of the book."""
    there = ZoneInfo(zone)
    return [one for one in book if start <= utc(one.txn.at).astimezone(there).date() <= end]


# By document and revenue account: minor units by the VAT rate at which they were taxed.
Shares = Mapping[UUID, Mapping[Account, Mapping[str, int]]]


def posting_batch(book: Sequence[ChainedTxn], batch: Batch, at: datetime, shares: Shares | None = None) -> bytes:
    """The file; sums held on cards are no postings and stay out. Raises BadInput for what DATEV cannot take.

    book: the transactions of the batch's days (see `within`). Each of our postings is one row: debit account, contra account; of revenue
    one for each VAT rate where the shares are given.
    """
    known = shares or {}
    rows = [(one, *part) for one in book for posting in one.txn.postings if not posting.source.memo for part in _parts(one, posting, known)]
    if len(rows) > MOST_ROWS:
        raise BadInput("datev_rows", f"{len(rows)} postings are more than the {MOST_ROWS} of one file.", "Choose fewer days.")
    lines = [_header(batch, at), ";".join(_COLUMNS), *(_row(one, posting, percent, batch) for one, posting, percent in rows)]
    return "".join(f"{line}\r\n" for line in lines).encode("cp1252", "replace")


def _header(batch: Batch, at: datetime) -> str:
    made = f"{utc(at).astimezone(ZoneInfo(batch.zone)):%Y%m%d%H%M%S}{at.microsecond // 1000:03d}"
    days = f"{batch.start:%Y%m%d};{batch.end:%Y%m%d}"
    who = f"{batch.consultant};{batch.client};{batch.start.year}0101;4;{days}"
    name = "Forecourt" if batch.final else "Forecourt vorläufig"
    return f'"EXTF";700;21;"Buchungsstapel";13;{made};;"FC";"";"";{who};"{name}";"";1;0;0;"EUR";;"";;;"{batch.chart.code}";;;"";""'


def _parts(one: ChainedTxn, posting: Posting, shares: Shares) -> list[tuple[Posting, str | None]]:
    """By the rate at which a document's revenue was taxed. A part that runs against its whole (a discount) is turned round."""
    account = posting.source if posting.source.kind is AccountKind.REVENUE else posting.destination
    found = shares.get(one.txn.subject, {}).get(account, {}) if one.txn.key.startswith("document/") else {}
    whole = sum(found.values())
    if abs(whole) != posting.amount.minor:
        return [(posting, None)]
    parts: list[tuple[Posting, str | None]] = []
    for percent, minor in sorted(found.items()):
        sides = (posting.source, posting.destination) if minor * whole > 0 else (posting.destination, posting.source)
        if minor:
            parts.append((Posting(*sides, Money(abs(minor), posting.amount.currency)), percent))
    return parts


def _row(one: ChainedTxn, posting: Posting, percent: str | None, batch: Batch) -> str:
    amount = posting.amount
    if amount.currency != "EUR":
        raise BadInput("datev_currency", f"The book has {amount.currency}; a DATEV batch is in euros.", "Export it as CSV.")
    day = utc(one.txn.at).astimezone(ZoneInfo(batch.zone)).date()
    row = [""] * len(_COLUMNS)
    row[0] = f"{amount.amount:.2f}".replace(".", ",")
    row[1], row[2] = '"S"', '"EUR"'
    row[6], row[7] = batch.chart.number(posting.destination, percent), batch.chart.number(posting.source, percent)
    row[9] = f"{day:%d%m}"
    row[10] = _quoted(_DOCUMENT_FIELD.sub("", one.txn.text if one.txn.key.startswith("document/") else f"FC-{one.position}")[:36])
    late = "" if one.txn.about is None else f"vom {utc(one.txn.about).astimezone(ZoneInfo(batch.zone)):%d.%m.%Y} "
    row[13] = _quoted(f"{late}{one.txn.text} {posting.source.name}"[:60])
    row[_LOCK] = "0"
    return ";".join(row)


def _quoted(text: str) -> str:
    clean = "".join(char if char.isprintable() else " " for char in text)
    return '"' + clean.replace('"', '""') + '"'
