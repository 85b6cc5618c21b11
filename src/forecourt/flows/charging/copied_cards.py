"""One card shown at two sites faster than anybody can travel was copied or shared. It is shown to a person; the charge goes on."""

from datetime import datetime

from forecourt.drivers import Token
from forecourt.flows.desk.quarantine import quarantine_row
from forecourt.flows.ports.inbox import InboxRow
from forecourt.flows.ports.store import Store
from forecourt.sessions import ChargeRecord, Session
from forecourt.stations import distance_m

_FASTEST_M_S = 40.0  # as the crow flies: 144 km/h
_LATEST = 5  # how many recent charges are checked


def check_card_location(store: Store, row: InboxRow, session: Session, card: Token) -> None:
    """Quarantine the message if so. Sites without a position are assumed to be near."""
    if not card.is_physical or len(store.stations.sites(session.operator_id)) < 2:
        return
    others: list[Session | ChargeRecord] = [*store.sessions.open_of(card.driver_id), *store.sessions.records_of(card.driver_id, _LATEST)]
    for other in others:
        if other.token == card.uid and _is_too_far(store, session, other):
            site = store.stations.site(other.site_id)
            apart = _minutes(session.started_at, other.started_at)
            text = (
                f"A card started a charge at {row.message.charger_id} and, within {apart}, another at {site.name}, which is too far away."
            )
            quarantine_row(store, row, "card_at_two_places", text, str(session.id))
            return


def _is_too_far(store: Store, session: Session, other: Session | ChargeRecord) -> bool:
    here, there = store.stations.site(session.site_id).position, store.stations.site(other.site_id).position
    if other.site_id == session.site_id or here is None or there is None:
        return False
    return distance_m(here, there) > _FASTEST_M_S * abs((session.started_at - other.started_at).total_seconds())


def _minutes(one: datetime, other: datetime) -> str:
    minutes = round(abs((one - other).total_seconds()) / 60)
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
