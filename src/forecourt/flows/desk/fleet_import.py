"""Import a fleet's drivers and cards from a list: preview the changes, then make all or none. Importing it again changes nothing."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from forecourt.drivers import Driver, Token
from forecourt.flows.desk.audit import Staff
from forecourt.flows.desk.driver_accounts import clean_name, normalise_email, parse_card
from forecourt.flows.desk.enrolling import assign_card
from forecourt.flows.desk.fleets import (
    MAX_COST_CENTRE_LENGTH,
    add_fleet_driver,
    cards_of,
    drivers_in_fleet,
    fleet_membership,
    name_cost_centre,
)
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, DriverId, Refused, TokenUid
from forecourt.notices import one_line

MAX_LABEL_LENGTH = 40
_SCIENTIFIC = re.compile(r"\d([.,]\d+)?E\+\d+", re.IGNORECASE)  # what spreadsheets make of 04E51234


@dataclass(frozen=True, slots=True)
class FleetLine:
    """number: in the file. email: the driver's; name: for new drivers. card: its number, empty if the line is about the driver only;
    label, centre: the card's, else the driver's; empty leaves them unchanged."""

    number: int
    email: str
    name: str = ""
    card: str = ""
    label: str = ""
    centre: str = ""


class ChangeKind(StrEnum):
    DRIVER = "driver"
    CARD = "card"
    LABEL = "label"
    CENTRE = "centre"


@dataclass(frozen=True, slots=True)
class Change:
    """what: a driver joins, a card is given, it gets another name, or it (or the driver) another cost centre. to: the name, label or
    cost centre."""

    number: int
    what: ChangeKind
    email: str
    to: str
    card: str = ""


@dataclass(frozen=True, slots=True)
class CellError:
    """column: as in `FleetLine`."""

    number: int
    column: str
    why: Refused


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """changes: in the order of the lines. same: how many lines change nothing. wrong: if there are any, nothing is done. taken: one of
    them is a card of somebody else; no more such cards are looked up, as whoever learns a number can copy the card."""

    changes: tuple[Change, ...]
    same: int
    wrong: tuple[CellError, ...]

    @property
    def seen(self) -> str:
        """What a person confirms after seeing the preview."""
        return sha256(repr(self.changes).encode()).hexdigest()

    @property
    def taken(self) -> Refused | None:
        return next((one.why for one in self.wrong if one.why.code == "card_taken"), None)

    def count(self, kind: ChangeKind) -> int:
        return sum(one.what == kind for one in self.changes)


@dataclass(slots=True)
class _Reading:
    """What is known while reading the lines. drivers: of the fleet, by email; None: new in this list. cards: the lines that named
    them, and for whom. centres, labels: as they will be."""

    store: Store
    by: Staff
    drivers: dict[str, Driver | None]
    names: dict[str, str] = field(default_factory=dict)
    cards: dict[TokenUid, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    centres: dict[str, str] = field(default_factory=dict)
    taken: bool = False


def plan_import(store: Store, by: Staff, payer_id: DriverId, lines: Sequence[FleetLine]) -> ImportPreview:
    """Preview the changes of a list."""
    reading = _Reading(store, by, {one.email.lower(): one for one in drivers_in_fleet(store, payer_id, by.at)})
    changes: list[Change] = []
    errors: list[CellError] = []
    unchanged = 0
    for line in lines:
        found = list(_of_line(reading, line))
        changes += (one for one in found if isinstance(one, Change))
        errors += (one for one in found if isinstance(one, CellError))
        unchanged += not found
    return ImportPreview(tuple(changes), unchanged, tuple(errors))


def apply_import(store: Store, by: Staff, payer_id: DriverId, lines: Sequence[FleetLine], seen: str, until: datetime) -> ImportPreview:
    """Make the changes of `plan_import`. seen: the preview that was confirmed. New drivers are sent a link, valid until an instant of real
    time. Raises the first error found; Conflict if the changes would now differ."""
    store.prices.lock(by.operator_id)
    plan = plan_import(store, by, payer_id, lines)
    if plan.wrong:
        raise plan.wrong[0].why
    if plan.seen != seen:
        raise Conflict("list_changed", "Your fleet has been changed since you opened this page.", "Preview the changes again.")
    known = {one.email.lower(): one.id for one in drivers_in_fleet(store, payer_id, by.at)}
    for one in plan.changes:
        if one.what is ChangeKind.DRIVER:
            account = add_fleet_driver(store, by, payer_id, one.to, one.email, until)
            assert account.driver_id is not None  # noqa: S101 - a driver's account has a driver
            known[one.email] = account.driver_id
        elif one.what is ChangeKind.CENTRE:
            name_cost_centre(store, by, known[one.email], one.to, one.card)
        else:
            assign_card(store, by, known[one.email], one.card, one.to)
    return plan


def export_fleet(store: Store, payer_id: DriverId, at: datetime) -> Iterator[FleetLine]:
    """The fleet as a list that would change nothing: a line for each driver, and one for each card."""
    operator_id = store.drivers.driver(payer_id).operator_id
    for driver in drivers_in_fleet(store, payer_id, at):
        stay = fleet_membership(store, operator_id, driver.id, at)
        yield FleetLine(0, driver.email, driver.name, centre=stay.cost_centre if stay else "")
        for card in cards_of(store, driver.id):
            yield FleetLine(0, driver.email, driver.name, card.uid, card.label, card.cost_centre)


def _of_line(reading: _Reading, line: FleetLine) -> Iterator[Change | CellError]:
    try:
        email = normalise_email(line.email)
    except BadInput as error:
        yield CellError(line.number, "email", error)
        return
    yield from _of_driver(reading, line, email)
    if len(line.label.strip()) > MAX_LABEL_LENGTH:
        yield CellError(line.number, "label", BadInput("label", "A card’s name can have at most {most} characters.", most=MAX_LABEL_LENGTH))
    elif len(one_line(line.centre)) > MAX_COST_CENTRE_LENGTH:
        yield CellError(
            line.number, "centre", BadInput("centre", "A cost centre can have at most {most} characters.", most=MAX_COST_CENTRE_LENGTH)
        )
    elif line.card.strip():
        yield from _of_card(reading, line, email)
    elif email in reading.drivers:
        yield from _centre(reading, line, email, "")


def _of_driver(reading: _Reading, line: FleetLine, email: str) -> Iterator[Change | CellError]:
    """Drivers in the fleet keep their names, which only they can change."""
    name = line.name.strip()
    if email in reading.names and name and name != reading.names[email]:
        conflict = Conflict("name_twice", "An earlier line calls this driver {name}.", "Use one name.", name=reading.names[email])
        yield CellError(line.number, "name", conflict)
    if email in reading.drivers:
        return
    if reading.store.drivers.account_by_email(email) is not None:
        conflict = Conflict(
            "email_taken", "There is already an account with this email address.", "Use another address, for example a work address."
        )
        yield CellError(line.number, "email", conflict)
        return
    try:
        if not name:
            raise BadInput("name", "This driver is new and needs a name.")
        reading.names[email] = clean_name(name)
    except BadInput as error:
        yield CellError(line.number, "name", error)
        return
    reading.drivers[email] = None
    yield Change(line.number, ChangeKind.DRIVER, email, reading.names[email])


def _of_card(reading: _Reading, line: FleetLine, email: str) -> Iterator[Change | CellError]:
    try:
        if _SCIENTIFIC.fullmatch(line.card.strip()):
            raise BadInput("card", "A spreadsheet has changed this into another number.", "Format the column as text and enter it again.")
        uid, _ = parse_card(line.card)
    except BadInput as error:
        yield CellError(line.number, "card", error)
        return
    if reading.cards.setdefault(uid, email) != email:
        conflict = Conflict("card_twice", "An earlier line gives this card to another driver.", "A card belongs to one driver only.")
        yield CellError(line.number, "card", conflict)
        return
    if email not in reading.drivers:
        return
    driver, known = reading.drivers[email], reading.store.drivers.token(reading.by.operator_id, uid)
    if known is not None and (driver is None or known.driver_id != driver.id or not known.is_physical):
        if not reading.taken:
            reading.taken = True
            conflict = Conflict("card_taken", "This card is already registered.", "Check the number printed on it.")
            yield CellError(line.number, "card", conflict)
        return
    yield from _label(reading, line, (email, uid), known)
    yield from _centre(reading, line, email, uid, known)


def _label(reading: _Reading, line: FleetLine, email_and_uid: tuple[str, TokenUid], known: Token | None) -> Iterator[Change]:
    email, uid = email_and_uid
    label, is_new = line.label.strip(), known is None and uid not in reading.labels
    before = reading.labels.get(uid, known.label if known else "")
    if is_new or (label and label != before):
        reading.labels[uid] = label
        yield Change(line.number, ChangeKind.CARD if is_new else ChangeKind.LABEL, email, label, uid)


def _centre(reading: _Reading, line: FleetLine, email: str, uid: str, known: Token | None = None) -> Iterator[Change]:
    """The cost centre of a card, else of the driver."""
    centre, subject, driver = one_line(line.centre), uid or email, reading.drivers[email]
    stay = fleet_membership(reading.store, reading.by.operator_id, driver.id, reading.by.at) if driver and not uid else None
    before = reading.centres.get(subject, known.cost_centre if known else stay.cost_centre if stay else "")
    if centre and centre != before:
        reading.centres[subject] = centre
        yield Change(line.number, ChangeKind.CENTRE, email, centre, uid)
