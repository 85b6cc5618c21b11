"""The second input format of rating: the charging periods of an OCPI CDR, converted to the slices that `rate` works on."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from forecourt.kernel import BadInput
from forecourt.tariffs.json_reader import Reader
from forecourt.tariffs.model import Line, Note, Rating, RatingDetail, Tariff
from forecourt.tariffs.parsing import read_tariff
from forecourt.tariffs.periods import Period, read_period
from forecourt.tariffs.quick_periods import instant_us
from forecourt.tariffs.rating import RESERVATION_USED, ReservationOutcome, Run, rate_runs
from forecourt.tariffs.slices import Slice, microseconds
from forecourt.tariffs.stated_totals import StatedTotals, disagreements, read_stated_totals

_SECOND = 1_000_000
# Placeholders that OCPI allows for an unknown instant.
_UNKNOWN_TIME = ("1970-1-1T", "1970-01-01T")


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """The usage that a CDR or a list of phases states, the tariffs it falls under, and notes on anything odd.

    stated: the totals in a CDR, None if there are none; credit: the record reverses its amounts.
    """

    runs: tuple[Run, ...]
    overtime: tuple[Slice, ...] = ()
    reservation: ReservationOutcome = RESERVATION_USED
    credit: bool = False
    stated: StatedTotals | None = None
    notes: tuple[Note, ...] = ()

    @property
    def slices(self) -> list[Slice]:
        return [piece for run in self.runs for piece in run.slices]


def rate_cdr(tariff: Tariff, cdr: Mapping[str, Any] | str, zone: str = "UTC", expired: bool = False) -> Rating:
    """Price the charging periods of an OCPI CDR (2.2.1, 2.3.0). The same usage as phases gives the same rating.

    zone: IANA zone of the place (a CDR does not carry it). expired: the reservation went unused.
    Where the CDR's periods name the tariff's id, other tariffs they name are taken from its `tariffs`; where they name only
    others, the given tariff prices all. Raises BadInput with the place of the mistake; oddities that leave a price
    possible, and totals that disagree, become notes.
    """
    return rate_record(read_cdr(tariff, cdr), zone, expired)


def rate_record(record: UsageRecord, zone: str, expired: bool = False) -> Rating:
    """Price a parsed record. A credit CDR gives the negative of the record it reverses."""
    reservation = record.reservation._replace(expired=True) if expired else record.reservation
    rating = rate_runs(record.runs, zone, reservation, record.overtime, record.notes)
    if record.credit:
        rating = _reversed(rating)
    if record.stated is None:
        return rating
    notes = disagreements(record.stated, rating, record.slices)
    return rating._replace(notes=(*rating.notes, *notes)) if notes else rating


def read_cdr(tariff: Tariff, cdr: Mapping[str, Any] | str) -> UsageRecord:
    """The slices of a CDR's periods: charging time first, then parking; time of neither kind is withheld."""
    root = Reader.of(cdr, "cdr")
    currency = root.text_or_none("currency")
    if currency not in (None, tariff.currency):
        remedy = "Give the tariff the CDR names."
        raise BadInput("cdr_currency", f"cdr.currency: {currency[:40]!r}, but the tariff is in {tariff.currency}.", remedy)
    found = root.objects("charging_periods")
    if not found:
        raise BadInput("cdr_periods", "cdr.charging_periods: there are none.", "A CDR has at least one period.")
    notes: list[Note] = []
    tariffs = _tariffs(root, tariff, found, notes)
    timed = any(each is not None and (each.plan.session.time or each.plan.session.parking) for each in tariffs)
    periods = _periods(root, found, timed, notes)
    _note_header(root, periods, notes)
    return UsageRecord(
        runs=_runs(tariffs, periods),
        overtime=tuple(piece for period in periods for piece in period.overtime),
        reservation=ReservationOutcome(
            expired=root.flag("reservation_expired") or any(period.expired for period in periods),
            booked=root.text_or_none("booking_id") is not None,
            cancelled=root.flag("booking_cancelled"),
        ),
        credit=root.flag("credit"),
        stated=read_stated_totals(root),
        notes=tuple(notes),
    )


def _runs(tariffs: list[Tariff | None], periods: list[Period]) -> tuple[Run, ...]:
    """Group adjacent periods with the same tariff into one run."""
    runs: list[Run] = []
    for tariff, period in zip(tariffs, periods, strict=True):
        if runs and runs[-1].tariff is tariff:
            runs[-1].slices.extend(period.slices)
        else:
            runs.append(Run(tariff, list(period.slices)))
    return tuple(runs)


def _periods(root: Reader, found: list[Reader], timed: bool, notes: list[Note]) -> list[Period]:
    starts = [_instant(each, "start_date_time") for each in found]
    end_text = root.text("end_date_time")
    if end_text.startswith(_UNKNOWN_TIME):
        notes.append(Note("end_unknown", "cdr.end_date_time is not known: the last period ends with the time it states."))
        ends = [*starts[1:], starts[-1] + _length_stated(found[-1])]
    else:
        ends = [*starts[1:], _instant(root, "end_date_time")]
    for each, start, end in zip(found, starts, ends, strict=True):
        if end < start:
            raise BadInput("cdr_order", f"{each.place}: ends before it starts.", "Give periods in order of time, up to end_date_time.")
    return [read_period(each, start, end, timed, notes) for each, start, end in zip(found, starts, ends, strict=True)]


def _instant(at: Reader, name: str) -> int:
    """Microseconds since 1970."""
    quick = instant_us(at.value.get(name))
    return microseconds(at.required_instant(name)) if quick is None else quick


def _length_stated(period: Reader) -> int:
    """Microseconds of all the time a period states."""
    kinds = ("TIME", "PARKING_TIME", "RESERVATION_TIME", "RESERVATION_EXPIRES")
    hours = [each.required_number("volume", Decimal(0)) for each in period.objects("dimensions") if each.text("type") in kinds]
    return int(sum(hours) * 3600 * _SECOND)


def _tariffs(root: Reader, tariff: Tariff, found: list[Reader], notes: list[Note]) -> list[Tariff | None]:
    """The tariff of each period."""
    names = [each.text_or_none("tariff_id") for each in found]
    keys = [None if name is None else name.casefold() for name in names]
    if not any(keys):
        return [tariff] * len(found)
    if tariff.id.casefold() not in keys:
        others = ", ".join(dict.fromkeys(other[:36] for other in names if other))
        notes.append(Note("other_tariff", f"cdr.charging_periods name tariff {others}; all are priced with {tariff.id}, as asked."))
        return [tariff] * len(found)
    known: dict[str, Tariff] = {tariff.id.casefold(): tariff}
    for at in root.objects("tariffs"):
        key = at.text("id").casefold()
        if key in keys and key not in known:
            known[key] = read_tariff(at)
    for each, name in zip(found, keys, strict=True):
        if name is None:
            notes.append(Note("no_tariff", f"{each.place}.tariff_id is missing while others have one: no tariff is relevant, it is free."))
        elif name not in known:
            remedy = "Put the tariff into cdr.tariffs."
            raise BadInput("cdr_tariff", f"{each.place}.tariff_id: {name[:36]!r} is neither given nor in cdr.tariffs.", remedy)
    return [None if key is None else known[key] for key in keys]


def _note_header(root: Reader, periods: list[Period], notes: list[Note]) -> None:
    """Add notes on what the record states about itself."""
    began = root.text_or_none("start_date_time")
    slices = [piece for period in periods for piece in period.slices]
    if began is not None and not began.startswith(_UNKNOWN_TIME) and slices:
        stated = _instant(root, "start_date_time")
        if abs(stated - slices[0].start_us) > _SECOND:
            text = "cdr.start_date_time is not the start of the first period; the time between is not billed."
            notes.append(Note("start_differs", text))
    if root.flag("home_charging_compensation"):
        text = "cdr.home_charging_compensation: the amount is owed to the driver, whose home charger it was."
        notes.append(Note("home_charging_compensation", text))
    if root.flag("credit"):
        reference = root.text_or_none("credit_reference_id")
        notes.append(Note("credit", f"This is a credit CDR: it takes back what {(reference or 'a record')[:39]} asked for."))
        if not reference:
            notes.append(Note("credit_reference", "cdr.credit_reference_id is missing: name the record that is taken back."))
        elif reference == root.text_or_none("id"):
            notes.append(Note("credit_reference", "cdr.credit_reference_id is the record's own id: a credit CDR has an id of its own."))
    elif root.text_or_none("credit_reference_id"):
        notes.append(Note("credit_missing", "cdr.credit_reference_id is set without credit: the record is billed, not taken back."))


def _reversed(rating: Rating) -> Rating:
    """The same rating with every quantity and amount reversed; prices stay."""
    return rating._replace(minors=tuple((vat, -net, -gross) for vat, net, gross in rating.minors), detail=_ReversedDetail(rating.detail))


@dataclass(frozen=True, slots=True)
class _ReversedDetail:
    detail: RatingDetail

    def lines(self) -> tuple[Line, ...]:
        return tuple(line._replace(quantity=-line.quantity, amount=-line.amount) for line in self.detail.lines())

    def exact(self) -> tuple[Decimal, Decimal]:
        net, gross = self.detail.exact()
        return -net, -gross
