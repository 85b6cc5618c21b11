"""What waits for a person, and the log of what people did."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from forecourt.flows.ports import AuditEntry
from forecourt.kernel import NotFound
from forecourt.web.frame.answers import Asked, go, page
from forecourt.web.frame.visit import ports_of, visitor_of
from forecourt.web.people.desk_words import ACTIONS
from forecourt.web.queries import overview
from forecourt.web.queries.names import person


@get("/quarantine", sync_to_thread=True)
def quarantine(request: Asked) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        rows = overview.quarantine(store, visitor_of(request).operator)
    return page(request, "console/quarantine.html", rows=rows, tab="quarantine")


@post("/quarantine/{entry_id:uuid}/clear", sync_to_thread=True, status_code=303)
def clear(request: Asked, entry_id: FromPath[UUID]) -> Redirect:
    """A person has looked: it leaves the list, and the log says who."""
    ports, visitor = ports_of(request), visitor_of(request)
    at = ports.clock.now()
    with ports.transactions.begin() as store:
        if str(entry_id) not in {row.id for row in overview.quarantine(store, visitor.operator)}:
            raise NotFound("entry", "There is no such entry (any more).")
        store.inbox.clear_quarantine(entry_id, at)
        actor = str(visitor.require_account().id)
        store.audit.add(AuditEntry(ports.ids.new(at), visitor.operator, at, actor, "quarantine.clear", str(entry_id)))
    return go(request, "/console/quarantine", "looked_at")


@get("/audit", sync_to_thread=True)
def audit(request: Asked) -> Response[str]:
    operator = visitor_of(request).operator
    with ports_of(request).transactions.begin() as store:
        rows = [one for one in store.audit.recent(200) if one.operator_id in (None, operator)]
        zone = store.stations.operator(operator).zone
        people = {one.actor: person(store, one.actor) for one in rows}
    return page(request, "console/audit.html", rows=rows, people=people, words=ACTIONS, zone=zone, tab="audit")


pages = [quarantine, clear, audit]
