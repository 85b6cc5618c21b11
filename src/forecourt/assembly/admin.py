"""The functions behind `forecourt admin`: set up, list, show, verify."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec

from forecourt.assembly.admin_files import (
    ChargerFile,
    DriverFile,
    MemberFile,
    OperatorFile,
    PriceFile,
    RoamingFile,
    SiteFile,
    StaffFile,
    TariffFile,
    TokenFile,
)
from forecourt.assembly.admin_people import add_driver, add_roaming, add_token, password_link, remove_second_factor
from forecourt.assembly.admin_prices import add_member, add_price, add_tariff
from forecourt.assembly.admin_roaming import AdminRoaming
from forecourt.assembly.clock import clock_from_environment
from forecourt.assembly.database import open_database
from forecourt.assembly.identifiers import RandomIds
from forecourt.assembly.secrets import hash_charger_secret, hash_password
from forecourt.assembly.settings import Settings
from forecourt.flows.chargers import ChargerDetails, SiteDetails, add_charger, add_site
from forecourt.flows.charging import compare, copy_settings, rebuild
from forecourt.flows.desk import LogReport, Staff, add_to_team, parse_seal, verify_log
from forecourt.flows.ports import Store
from forecourt.flows.roaming import party_of
from forecourt.kernel import BadInput, NotFound, OperatorId, Span
from forecourt.stations import LimitRow, Maintenance, Operator, Protocol, Site, SocketDetails, charger_named, parse_week
from forecourt.store import MemoryTransactions, PostgresTransactions, await_schema, migrate

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class RebuildReport:
    messages: int
    charges: int
    differences: tuple[str, ...]


class Admin:
    """A connection to the installation's store, also while a forecourt runs on it; starts its own PostgreSQL if no URL is set and none
    is running."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = ExitStack()
        self._ids = RandomIds()

    def __enter__(self) -> Self:
        database = self._stack.enter_context(open_database(self._settings))
        (await_schema if database.in_use else migrate)(database.url)
        self._transactions = self._stack.enter_context(PostgresTransactions(database.url))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    def add(self, kind: str, content: Any) -> dict[str, Any]:
        """Store what a file describes, and return it. Raises BadInput naming the wrong field."""
        at = clock_from_environment().now()
        with self._transactions.begin() as store:
            match kind:
                case "operator":
                    return self._add_operator(store, _read(content, OperatorFile), at)
                case "site":
                    return self._add_site(store, _read(content, SiteFile), at)
                case "charger":
                    return self._add_charger(store, _read(content, ChargerFile), at)
                case "staff":
                    return self._add_staff(store, _read(content, StaffFile), at)
                case "driver":
                    driver = _read(content, DriverFile)
                    return add_driver(store, self._by(_operator(store, driver.operator).id, at), driver)
                case "token":
                    return add_token(store, _read(content, TokenFile), at, self._ids)
                case "price":
                    return add_price(store, _read(content, PriceFile), at, self._ids)
                case "roaming":
                    partner = _read(content, RoamingFile)
                    return add_roaming(store, self._by(_operator(store, partner.operator).id, at), partner, self._settings)
                case "member":
                    return add_member(store, _read(content, MemberFile), at)
                case _:
                    return add_tariff(store, _read(content, TariffFile), at, self._ids)

    def list_all(self, kind: str) -> Sequence[Mapping[str, Any]]:
        """One row each, starting with the name that `show` takes."""
        with self._transactions.begin() as store:
            return [{"name": name, "text": text} for name, text, _ in _every(store, kind)]

    def show(self, kind: str, name: str) -> dict[str, Any]:
        with self._transactions.begin() as store:
            for known, _, value in _every(store, kind):
                if known == name:
                    return dict(msgspec.to_builtins(value, str_keys=True))
        raise NotFound(kind, f"There is no {kind} {name!r}.", f"See `forecourt admin {kind} list`.")

    def password_link(self, email: str) -> str:
        """A link with which its holder can choose the account's password, once, within an hour. The log records that it was made."""
        with self._transactions.begin() as store:
            return password_link(store, self._settings, email, clock_from_environment().now(), self._ids)

    def remove_second_factor(self, email: str) -> str:
        """Turn off the account's second factor; returns the account's email address."""
        with self._transactions.begin() as store:
            return remove_second_factor(store, email, clock_from_environment().now(), self._ids)

    @property
    def roaming(self) -> AdminRoaming:
        return AdminRoaming(self._settings, self._transactions, self._ids)

    def verify_log(self, seal: str | None) -> LogReport:
        """seal: the text of a seal that was stored elsewhere. Raises BadInput if it is not one."""
        with self._transactions.begin() as store:
            return verify_log(store, parse_seal(seal) if seal else None)

    def rebuild(self, slug: str | None) -> RebuildReport:
        """Replay the inbox of one site, or of all, into memory, and compare the charges; and add up the ledger again.

        All as of one instant, as messages may come meanwhile.
        """
        messages = charges = 0
        differences: list[str] = []
        with self._transactions.begin_snapshot() as store:
            sites = [site for site in store.stations.sites() if slug in (None, site.slug)]
            if not sites:
                raise NotFound("site", f"There is no site {slug!r}.")
            for site in sites:
                with MemoryTransactions().begin() as again:
                    copy_settings(store, again, site.id)
                    messages += rebuild(store, again, site.id, self._ids)
                    charges += len(store.sessions.records(site.id, limit=1_000_000)) + len(store.sessions.open_at(site.id))
                    for one in compare(store, again, site.id):
                        differences.append(f"{one.what} {one.subject}\n  kept    {one.kept}\n  rebuilt {one.rebuilt}")
            differences += [f"balance of {one.name}: it does not equal the sum of its entries" for one in store.ledger.wrong_balances()]
        return RebuildReport(messages, charges, tuple(differences))

    def _add_operator(self, store: Store, content: OperatorFile, at: datetime) -> dict[str, Any]:
        operator = Operator(
            id=OperatorId(self._ids.new(at)),
            name=content.name,
            legal_name=content.legal_name,
            country=content.country,
            vat_number=content.vat_number,
            address=content.address,
            currency=content.currency,
            vat_exemption=content.vat_exemption,
            party_id=content.party_id,
            zone=content.zone,
        )
        party_of(operator)  # refuses whatever partners would refuse
        if any(one.name == content.name for one in store.stations.operators()):
            raise BadInput("name", f"There is already an operator {content.name!r}.")
        store.stations.put_operator(operator)
        return {"operator": operator.name, "id": str(operator.id)}

    def _add_site(self, store: Store, content: SiteFile, at: datetime) -> dict[str, Any]:
        wanted = SiteDetails(
            slug=content.slug,
            name=content.name,
            country=content.country,
            zone=content.zone,
            currency=content.currency,
            address=content.address,
            latitude=content.latitude,
            longitude=content.longitude,
            limit_kw=content.limit_kw,
            limits=tuple(LimitRow(row.name, row.limit_a, tuple(row.weights.items())) for row in content.limits),
            openings=parse_week(content.openings) if content.openings else (),
            maintenance=tuple(Maintenance(Span(one.start, one.end), one.sockets, one.reason) for one in content.maintenance),
            host_shares=tuple(content.host_shares.items()),
            region=content.region.upper(),
        )
        site = add_site(store, self._by(_operator(store, content.operator).id, at), wanted)
        return {"site": site.slug, "id": str(site.id)}

    def _add_charger(self, store: Store, content: ChargerFile, at: datetime) -> dict[str, Any]:
        site = _site(store, content.site)
        sockets = tuple(
            SocketDetails(one.standard, one.phases, one.voltage_v, one.max_a, one.kind, one.meter_key) for one in content.sockets
        )
        wanted = ChargerDetails(charger_named(content.id), site.id, sockets, Protocol(f"ocpp{content.ocpp}"), again=True)
        secret_hash = hash_charger_secret(content.password) if content.password else ""
        charger = add_charger(store, self._by(site.operator_id, at), wanted, secret_hash)
        return {"charger": charger.id, "site": site.slug, "sockets": len(sockets)}

    def _add_staff(self, store: Store, content: StaffFile, at: datetime) -> dict[str, Any]:
        account = add_to_team(
            store, self._by(_operator(store, content.operator).id, at), content.email, content.duties, hash_password(content.password)
        )
        return {"staff": account.email, "id": str(account.id), "duties": [str(duty) for duty in account.duties]}

    def _by(self, operator_id: OperatorId, at: datetime) -> Staff:
        """The owner of the machine, as the author of changes."""
        return Staff(operator_id, "system", at, self._ids)


def _every(store: Store, kind: str) -> list[tuple[str, str, Any]]:
    """All things of a kind: the name that `show` takes, a short description, and the thing itself."""

    def of_each(read: Callable[[OperatorId], Iterable[_T]]) -> list[_T]:
        return [one for operator in store.stations.operators() for one in read(operator.id)]

    drivers, prices = store.drivers, store.prices
    match kind:
        case "operator":
            return [(one.name, one.legal_name, one) for one in store.stations.operators()]
        case "site":
            return [(one.slug, one.name, one) for one in store.stations.sites()]
        case "charger":
            return [(one.id, f"{one.approval} {one.vendor} {one.model}", one) for one in store.stations.chargers()]
        case "staff":
            return [(one.email, ", ".join(one.duties) or "view only", replace(one, password_hash="")) for one in of_each(drivers.team)]
        case "driver":
            return [(one.email, one.name, one) for one in of_each(drivers.drivers)]
        case "token":
            return [(one.uid, f"{one.kind} {of.email}", one) for of in of_each(drivers.drivers) for one in drivers.tokens_of(of.id)]
        case "price":
            return [
                (str(one.id), f"{one.name} by {one.tariff.id} from {one.valid_from.isoformat()}", one) for one in of_each(prices.entries)
            ]
        case "roaming":
            return [(f"{one.country}*{one.party}", f"{one.state_name} {one.name}", one) for one in of_each(store.roaming.partners)]
        case "member":
            return [(one.group, drivers.driver(one.driver_id).email, one) for one in of_each(drivers.members)]
        case _:
            begins = [(one, f"{one.tariff.id} from {one.valid_from.isoformat()}") for one in of_each(prices.versions)]
            return [(str(one.id), text, msgspec.json.decode(one.source)) for one, text in begins]


def _operator(store: Store, name: str) -> Operator:
    for operator in store.stations.operators():
        if operator.name == name:
            return operator
    raise NotFound("operator", f"There is no operator {name!r}.", "See `forecourt admin operator list`.")


def _site(store: Store, slug: str) -> Site:
    site = store.stations.site_by_slug(slug)
    if site is None:
        raise NotFound("site", f"There is no site {slug!r}.", "See `forecourt admin site list`.")
    return site


def _read(content: Any, kind: type[_T]) -> _T:
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError as error:
        raise BadInput("file", f"{error}.") from error
