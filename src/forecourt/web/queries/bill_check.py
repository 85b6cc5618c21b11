"""Check a bill: every line with its rule, quantity, rounding and meter trace, recalculated when the page is opened."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from forecourt.billing import Invoice, InvoiceLine, LineCheck
from forecourt.flows.billing import check_bill
from forecourt.flows.ports import Store
from forecourt.kernel import Money, Text
from forecourt.sessions import ChargeRecord, MeterPoint
from forecourt.tariffs import TaxLine, number_text, tax_name
from forecourt.web.queries.bay_states import bay_state_of_phase
from forecourt.web.queries.prices import because_text, exact_number, unit_price_text
from forecourt.web.queries.receipts import LINE_LABELS
from forecourt.web.views.bays import BayState
from forecourt.wording import LocalisedValue

# A long charge has thousands of readings: show only as many rows as a person reads.
_ROWS = 60


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """A line of a bill and the recalculated one; None if one of them is missing."""

    what: str
    rule: str
    sum: str
    rounding: str
    tax: str
    printed: Money | None
    again: Money | None
    agrees: bool


@dataclass(frozen=True, slots=True)
class CheckedVat:
    how: str
    net: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class StretchRow:
    """A stretch of the stored record in one state."""

    start: datetime
    end: datetime
    state: BayState
    energy_wh: int


@dataclass(frozen=True, slots=True)
class MeterRow:
    """energy_wh since the start; register_wh: the corresponding meter register."""

    at: datetime
    energy_wh: int
    register_wh: int
    state: BayState
    power_w: int | None


@dataclass(frozen=True, slots=True)
class SignedRow:
    """A signed reading as the charger sent it, and the key it was verified with; own: entered by the operator."""

    data: str
    key: str
    own: bool


@dataclass(frozen=True, slots=True)
class BillCheckView:
    """recomputed False: there is no charge to recalculate it from, so only the sums are checked. points: readings stored."""

    number: str
    zone: str
    agrees: bool
    recomputed: bool
    findings: tuple[str, ...]
    lines: tuple[CheckedLine, ...]
    vat: tuple[CheckedVat, ...]
    net: Money
    gross: Money
    tariff: str
    meter_start: str
    meter_stop: str
    energy_wh: int
    stretches: tuple[StretchRow, ...]
    readings: tuple[MeterRow, ...]
    notes: tuple[str, ...]
    points: int
    signed: tuple[SignedRow, ...] = ()


def bill_check(store: Store, invoice: Invoice) -> BillCheckView:
    checked = check_bill(store, invoice)
    check, record, content = checked.check, checked.record, invoice.content
    lines = tuple(_line(one, content.tax_included) for one in check.lines)
    added = tuple(_line(LineCheck(line, line), content.tax_included) for line in check.added)
    return BillCheckView(
        number=invoice.number,
        zone=content.place.zone,
        agrees=check.agrees,
        recomputed=check.recomputed,
        findings=tuple(one.text for one in check.findings),
        lines=lines + added,
        vat=tuple(_vat(tax, content.tax_included) for tax in content.taxes),
        net=invoice.net,
        gross=invoice.gross,
        tariff=content.tariff_hash,
        meter_start=_register(record.meter_start_wh) if record else "",
        meter_stop=_register(record.meter_stop_wh) if record else "",
        energy_wh=record.energy_wh if record else 0,
        stretches=_stretches(record) if record else (),
        readings=_readings(record, checked.points) if record else (),
        notes=record.notes if record else (),
        points=len(checked.points),
        signed=_signed(store, checked.signer) if checked.signer else (),
    )


def _signed(store: Store, record: ChargeRecord) -> tuple[SignedRow, ...]:
    own_key = store.stations.evse(record.evse_id).meter_key if record.signed else ""
    return tuple(SignedRow(one.data, own_key or one.key, bool(own_key)) for one in record.signed)


def _line(check: LineCheck, tax_included: bool) -> CheckedLine:
    line = check.printed or check.again
    if line is None:
        raise ValueError("a line that is neither printed nor worked out")
    exact = LocalisedValue("exact_money", line.exact, line.amount.currency)
    rounded = "" if line.exact == line.amount.amount else Text("rounded to {amount}", amount=line.amount)
    return CheckedLine(
        what=LINE_LABELS.get(line.what, line.what.replace("_", " ").capitalize()),
        rule=because_text(line.because, line.amount.currency),
        sum=_sum(line, exact),
        rounding=rounded,
        tax=_tax(line, tax_included),
        printed=check.printed.amount if check.printed else None,
        again=check.again.amount if check.again else None,
        agrees=check.agrees,
    )


def _tax(line: InvoiceLine, included: bool) -> Text:
    percent, name = exact_number(line.vat_percent or Decimal(0)), tax_name(line.amount.currency)
    if included:
        return Text("{percent} % {tax} included", percent=percent, tax=name)
    return Text("{percent} % {tax} on top", percent=percent, tax=name)


def _sum(line: InvoiceLine, exact: LocalisedValue) -> Text:
    if not line.unit:
        return Text("{exact}", exact=exact)
    price = unit_price_text(line.unit_price, line.amount.currency, line.unit)
    values = {"quantity": exact_number(line.quantity), "unit": line.unit, "price": price, "amount": exact}
    if line.unit != "h":
        return Text("{quantity} {unit} × {price} = {amount}", **values)
    minutes = exact_number((line.quantity * 60).quantize(Decimal("0.0001")))
    return Text("{minutes} min, that is {quantity} {unit} × {price} = {amount}", minutes=minutes, **values)


def _vat(tax: TaxLine, tax_included: bool) -> CheckedVat:
    percent = number_text(tax.vat_percent or Decimal(0))
    calculation = Text("{percent} % of {net}", percent=percent, net=tax.net)
    if tax_included:
        calculation = Text("{gross} less {net}", gross=tax.gross, net=tax.net)
    return CheckedVat(calculation, tax.net, tax.tax)


def _register(register_wh: int | None) -> str:
    return Text("not reported") if register_wh is None else Text("{energy}", energy=LocalisedValue("kwh_exact", register_wh))


def _stretches(record: ChargeRecord) -> tuple[StretchRow, ...]:
    """Consecutive phases of one state become one stretch."""
    rows: list[StretchRow] = []
    for phase in record.phases:
        state = bay_state_of_phase(phase.state)
        if rows and rows[-1].state is state:
            rows[-1] = replace(rows[-1], end=phase.end, energy_wh=rows[-1].energy_wh + phase.energy_wh)
        else:
            rows.append(StretchRow(phase.start, phase.end, state, phase.energy_wh))
    return tuple(rows)


def _readings(record: ChargeRecord, points: Sequence[MeterPoint]) -> tuple[MeterRow, ...]:
    """Evenly thinned, first and last included. register_wh: what the meter would show for the energy billed so far."""
    step = max(1, -(-len(points) // _ROWS))
    shown = [point for index, point in enumerate(points) if index % step == 0 or index == len(points) - 1]
    begin = record.meter_start_wh or 0
    return tuple(MeterRow(one.at, one.energy_wh, begin + one.energy_wh, bay_state_of_phase(one.state), one.power_w) for one in shown)
