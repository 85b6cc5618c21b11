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
    other_charges: list[Session | ChargeRecord] = [
        *store.sessions.open_of(card.driver_id),
        *store.sessions.records_of(card.driver_id, _LATEST),
    ]
    for charge in other_charges:
        if charge.token == card.uid and _is_too_far(store, session, charge):
            site = store.stations.site(charge.site_id)
            minutes = _minutes(session.started_at, charge.started_at)
            text = (
                f"A card started a charge at {row.message.charger_id} and, within {minutes}, another at {site.name}, which is too far away."
            )
            quarantine_row(store, row, "card_at_two_places", text, str(session.id))
            return


def _is_too_far(store: Store, session: Session, charge: Session | ChargeRecord) -> bool:
    position, other_position = store.stations.site(session.site_id).position, store.stations.site(charge.site_id).position
    if charge.site_id == session.site_id or position is None or other_position is None:
        return False
    return distance_m(position, other_position) > _FASTEST_M_S * abs((session.started_at - charge.started_at).total_seconds())


def _minutes(first: datetime, second: datetime) -> str:
    minutes = round(abs((first - second).total_seconds()) / 60)
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
