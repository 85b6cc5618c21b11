"""A search in the audit log, as typed and as searched: people and things go by name there, and by id in the log."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from forecourt.flows.ports import AuditSearch, PageRequest, Store
from forecourt.kernel import BadInput, OperatorId, lowered
from forecourt.web.frame.lists import midnight
from forecourt.web.queries.console_labels import AREA_OPTIONS

FIELDS = ("q", "who", "area", "since", "until")
_MAX_NAMESAKES = 50


def audit_search(store: Store, operator_id: OperatorId, typed: Mapping[str, str]) -> AuditSearch:
    """Days are in the operator's zone. Raises BadInput for invalid ones."""
    zone = ZoneInfo(store.stations.operator(operator_id).zone)
    since, until = midnight(typed["since"], zone, "since"), midnight(typed["until"], zone, "until")
    if typed["area"] not in dict(AREA_OPTIONS):
        raise BadInput("area", f"{typed['area'][:20]!r} is none of the choices.", "Choose one from the list.")
    actors = frozenset(_actors(store, operator_id, typed["who"])) if typed["who"] else None
    about = frozenset(_subjects(store, operator_id, typed["q"])) if typed["q"] else frozenset[str]()
    return AuditSearch(actors, typed["area"], about, typed["q"], since, until and until + timedelta(days=1))


def search_summary(typed: Mapping[str, str]) -> str:
    """What was searched for, without naming anybody: the log is permanent."""
    since, until = typed["since"], typed["until"]
    parts = [f"{since or 'the beginning'} to {until or 'now'}", *([typed["area"]] if typed["area"] else [])]
    parts += [words for name, words in (("who", "by person"), ("q", "by subject or details")) if typed[name]]
    return ", ".join(parts)


def _actors(store: Store, operator_id: OperatorId, text: str) -> Iterator[str]:
    """An automatic actor goes by its name, a person by part of their email address."""
    yield from {text, lowered(text)}
    yield from (str(one.id) for one in store.drivers.team(operator_id) if lowered(text) in lowered(one.email))
    account = store.drivers.account_by_email(text.lower())
    if account is not None and account.operator_id == operator_id:
        yield str(account.id)


def _subjects(store: Store, operator_id: OperatorId, text: str) -> Iterator[str]:
    """The ids by which the log names what goes by this name or number."""
    words = lowered(text)
    for found in (store.documents.by_number(operator_id, text.upper()), store.statements.by_number(operator_id, text.upper())):
        if found is not None:
            yield str(found.id)
    named = store.drivers.page(operator_id, text, PageRequest(limit=_MAX_NAMESAKES)).rows
    yield from (str(one.id) for one in named)
    yield from (str(one.id) for one in store.partners.partners(operator_id) if words in lowered(one.name))
    yield from (str(one.id) for one in store.roaming.partners(operator_id) if words in lowered(one.name))
    yield from (str(one.id) for one in store.drivers.team(operator_id) if words in lowered(one.email))
    for site in (one for one in store.stations.sites(operator_id) if words in lowered(one.name)):
        yield from (site.slug, str(site.id))
