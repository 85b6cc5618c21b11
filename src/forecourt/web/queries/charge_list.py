"""The console's list of charges, running ones first; and one charge as a row of it."""

from collections.abc import Sequence

from forecourt.flows.ports import ChargeSearch, ListPage, PageRequest, Store
from forecourt.kernel import OperatorId
from forecourt.sessions import EndedCharge, Session
from forecourt.stations import Evse, Site
from forecourt.web.queries.bay_states import charge_state, out_of_contact_since, planned_limits
from forecourt.web.queries.names import driver_name
from forecourt.web.views.bays import BayState
from forecourt.web.views.console import SessionRow

_RUNNING = "running:"


def charge_rows(store: Store, operator_id: OperatorId, wanted: ChargeSearch, page_request: PageRequest) -> ListPage[SessionRow]:
    """Running charges, then ended ones, the latest first. A page that begins among the running ones is addressed by how many come before
    it."""
    position = page_request.beside.removeprefix(_RUNNING)
    is_running_page = page_request.beside.startswith(_RUNNING) and position.isdecimal() and len(position) < 7
    if page_request.beside and not is_running_page:
        found = ended_rows(store, operator_id, wanted, page_request)
        return ListPage(found.rows, found.newer or f"{_RUNNING}0", found.older)
    skip = int(position) if is_running_page else 0
    newer_cursor = f"{_RUNNING}{max(0, skip - page_request.limit)}" if skip else ""
    running = store.sessions.running(operator_id, wanted, skip, page_request.limit + 1)
    rows = _running_rows(store, running[: page_request.limit])
    if len(running) > page_request.limit:
        return ListPage(rows, newer_cursor, f"{_RUNNING}{skip + page_request.limit}")
    ended = ended_rows(store, operator_id, wanted, PageRequest(limit=page_request.limit))
    return ListPage((*rows, *ended.rows), newer_cursor, ended.older)


def _running_rows(store: Store, running: Sequence[Session]) -> tuple[SessionRow, ...]:
    store.drivers.prefetch({one.driver_id for one in running if one.driver_id})
    store.stations.prefetch(sorted({one.charger_id for one in running}))
    allowed = {site_id: planned_limits(store, site_id) for site_id in {one.site_id for one in running}}
    return tuple(
        open_row(store, store.stations.site(one.site_id), one, store.stations.evse(one.evse_id), allowed[one.site_id].get(one.evse_id))
        for one in running
    )


def ended_rows(store: Store, operator_id: OperatorId, wanted: ChargeSearch, page_request: PageRequest) -> ListPage[SessionRow]:
    sites = {site.id: site for site in store.stations.sites(operator_id)}
    found = store.sessions.page(operator_id, wanted, page_request)
    store.drivers.prefetch({one.driver_id for one in found.rows if one.driver_id})
    store.documents.prefetch_of_sessions([one.session_id for one in found.rows])
    return found.of(ended_row(store, sites[one.site_id], one, store.stations.evse(one.evse_id).label) for one in found.rows)


def open_row(store: Store, site: Site, session: Session, evse: Evse, limit_a: int | None = None) -> SessionRow:
    out_of_contact = out_of_contact_since(store.stations.charger(evse.charger_id), session)
    return SessionRow(
        id=str(session.id),
        site=site.name,
        bay=evse.label,
        driver=driver_name(store, session.driver_id),
        state=BayState.OFFLINE if out_of_contact else charge_state(session, limit_a),
        started_at=session.started_at,
        ended_at=None,
        energy_wh=session.meter.energy_wh,
        power_w=session.power_w or 0,
        zone=site.zone,
        held=session.held,
        out_of_contact_since=out_of_contact,
    )


def ended_row(store: Store, site: Site, record: EndedCharge, bay: str) -> SessionRow:
    document = next(iter(store.documents.of_session(record.session_id)), None)
    return SessionRow(
        id=str(record.session_id),
        site=site.name,
        bay=bay,
        driver=driver_name(store, record.driver_id),
        state=BayState.IDLE,
        started_at=record.started_at,
        ended_at=record.ended_at,
        energy_wh=record.energy_wh,
        power_w=0,
        zone=site.zone,
        held=record.held,
        gross=document.gross if document else None,
    )
