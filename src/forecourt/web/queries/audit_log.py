"""The audit log for people: who did what to what, each by name and linked to its page."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from forecourt.flows.ports import AuditEntry, AuditSearch, ListPage, PageRequest, Store, Transactions
from forecourt.kernel import (
    ChargerId,
    DocumentId,
    DriverId,
    NotFound,
    OperatorId,
    PaymentId,
    PriceEntryId,
    SiteId,
    TariffVersionId,
    TokenUid,
    instant_text,
)
from forecourt.web.queries.console_labels import ACTION_LABELS, NOTICE_LABELS
from forecourt.web.queries.names import actor_name, driver_name

_BATCH = 500
LOG_COLUMNS = ("at", "action", "what", "subject", "name", "who", "detail")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# The name of a thing and the address of its page; None: it does not exist (any more).
Named = tuple[str, str] | None
_Find = Callable[[Store, OperatorId, str], Named]


@dataclass(frozen=True, slots=True)
class LogRow:
    """name, href: of the thing that was changed; no href if it has no page. action, subject: as the log names them."""

    at: datetime
    action: str
    subject: str
    what: str
    name: str
    href: str
    who: str
    detail: str


def log_page(store: Store, operator_id: OperatorId, page_request: PageRequest, wanted: AuditSearch) -> ListPage[LogRow]:
    found = store.audit.page(operator_id, page_request, wanted)
    return found.of(_row(store, operator_id, one) for one in found.rows)


def log_batches(transactions: Transactions, operator_id: OperatorId, wanted: AuditSearch) -> Iterator[list[tuple[object, ...]]]:
    """Each batch is a unit of work of its own, so that a slow reader holds up nobody."""
    page_request = PageRequest(limit=_BATCH)
    while True:
        with transactions.begin() as store:
            found = log_page(store, operator_id, page_request, wanted)
        yield [(instant_text(one.at), one.action, one.what, one.subject, one.name, one.who, one.detail) for one in found.rows]
        if not found.older:
            return
        page_request = PageRequest(found.older, limit=_BATCH)


def _row(store: Store, operator_id: OperatorId, entry: AuditEntry) -> LogRow:
    find = _OF_ACTIONS.get(entry.action) or _OF_THINGS.get(entry.action.partition(".")[0])
    name, href = (find and find(store, operator_id, entry.subject)) or (entry.subject, "")
    detail = _ID.sub(lambda one: _driver_name_of(store, one[0]), entry.detail)
    what = ACTION_LABELS.get(entry.action, entry.action)
    return LogRow(entry.at, entry.action, entry.subject, what, name, href, actor_name(store, entry.actor), detail)


def _driver_name_of(store: Store, driver_id: str) -> str:
    found = _driver(store, UUID(driver_id))
    return found[0] if found else driver_id


def _by_id(find: Callable[[Store, UUID], Named]) -> _Find:
    return lambda store, _, subject: find(store, UUID(subject)) if _ID.fullmatch(subject) else None


def _setting(href: str) -> _Find:
    """A setting that applies to the whole operator."""
    return lambda store, operator_id, _: (store.stations.operator(operator_id).name, href)


def _named(href: str) -> _Find:
    return lambda _, __, subject: (subject, href)


def _charger(store: Store, _: OperatorId, subject: str) -> Named:
    return (subject, f"/console/chargers/{subject}") if store.stations.charger(ChargerId(subject)) else None


def _site(store: Store, _: OperatorId, subject: str) -> Named:
    site = store.stations.site_by_slug(subject)
    return (site.name, f"/console/sites/{subject}") if site else None


def _socket(store: Store, operator_id: OperatorId, subject: str) -> Named:
    evses = (evse for site in store.stations.sites(operator_id) for evse in store.stations.evses(site.id))
    return next(((subject, f"/console/chargers/{evse.charger_id}") for evse in evses if evse.label == subject), None)


def _card(store: Store, operator_id: OperatorId, subject: str) -> Named:
    token = store.drivers.token(operator_id, TokenUid(subject))
    return (subject, f"/console/drivers/{token.driver_id}") if token else None


def _driver(store: Store, driver_id: UUID) -> Named:
    try:
        name = driver_name(store, DriverId(driver_id))
    except NotFound:
        return None
    return (name, f"/console/drivers/{driver_id}") if name else None


def _webhook(store: Store, hook_id: UUID) -> Named:
    hook = store.notices.hook(hook_id)
    return (hook.label, f"/console/messages/hooks/{hook.id}") if hook else None


def _account(store: Store, account_id: UUID) -> Named:
    account = store.drivers.account(account_id)
    return (account.email, f"/console/drivers/{account.driver_id}" if account.driver_id else "/console/team") if account else None


def _document(store: Store, document_id: UUID) -> Named:
    if issued := store.documents.document(DocumentId(document_id)):
        return issued.number, f"/console/documents/{issued.number}"
    stated = store.statements.statement(DocumentId(document_id))
    return (stated.number, f"/console/statements/{stated.number}") if stated else None


def _payment(store: Store, payment_id: UUID) -> Named:
    """By the bill it paid, if any."""
    payment = store.payments.payment(PaymentId(payment_id))
    bill = _document(store, payment.document_id) if payment and payment.document_id else None
    return (bill[0] if bill else "Payment without a bill", f"/console/payments/{payment_id}") if payment else None


def _cleared(store: Store, operator_id: OperatorId, subject: str) -> Named:
    """Rows of the processor's file about unknown payments have no page of their own."""
    return _by_id(_payment)(store, operator_id, subject) or ("The processor's file", "/console/clearing")


def _by_hand(store: Store, operator_id: OperatorId, number: str) -> Named:
    found = store.manual_entries.by_number(operator_id, number)
    return (number, f"/console/ledger/entries/{found.position}") if found else None


def _complaint(store: Store, complaint_id: UUID) -> Named:
    found = store.complaints.complaint(complaint_id)
    return (found.number, f"/console/documents/{found.number}") if found else None


def _question(store: Store, question_id: UUID) -> Named:
    found = store.questions.question(question_id)
    return (found.number, f"/console/offers/partners/{found.partner_id}") if found else None


def _notice(store: Store, notice_id: UUID) -> Named:
    notice = store.notices.notice(notice_id)
    return (NOTICE_LABELS[notice.kind], "/console/messages") if notice else None


def _plan(store: Store, plan_id: UUID) -> Named:
    plan = store.memberships.plan(plan_id)
    return (plan.title, f"/console/offers/plans/{plan_id}") if plan else None


def _coupon(store: Store, coupon_id: UUID) -> Named:
    coupon = store.coupons.coupon(coupon_id)
    return (coupon.title, "/console/offers") if coupon else None


def _offer(store: Store, offer_id: UUID) -> Named:
    offer = store.partners.offer(offer_id)
    return (offer.title, "/console/offers") if offer else None


def _partner(store: Store, partner_id: UUID) -> Named:
    partner = store.partners.partner(partner_id)
    return (partner.name, f"/console/offers/partners/{partner_id}") if partner else None


def _partner_statement(store: Store, statement_id: UUID) -> Named:
    found = store.partners.statement(statement_id)
    return (found.number, f"/console/offers/statements/{found.number}.pdf") if found else None


def _roaming_partner(store: Store, partner_id: UUID) -> Named:
    partner = store.roaming.partner(partner_id)
    return (partner.name, f"/console/roaming/{partner_id}") if partner else None


def _tariff(store: Store, version_id: UUID) -> Named:
    version = store.prices.version(TariffVersionId(version_id))
    return version.tariff.id, f"/console/prices/versions/{version_id}"


def _price(store: Store, entry_id: UUID) -> Named:
    entry = store.prices.entry(PriceEntryId(entry_id))
    return (entry.name, "/console/prices") if entry else None


def _priced_site(store: Store, site_id: UUID) -> Named:
    site = store.stations.site(SiteId(site_id))
    return site.name, f"/console/revenue/{site.slug}"


def _proposal(store: Store, proposal_id: UUID) -> Named:
    proposal = store.pricing.proposal(proposal_id)
    return _priced_site(store, proposal.site_id) if proposal else None


# By the first part of an action's name, before the dot; and single actions that are about something else.
_OF_THINGS: dict[str, _Find] = {
    "account": _by_id(_account),
    "bank": _setting("/console/bank"),
    "booking_rules": _site,
    "app": _named("/console/apps"),
    "card": _card,
    "charger": _charger,
    "clearing": _cleared,
    "complaint": _by_id(_complaint),
    "coupon": _by_id(_coupon),
    "collection": _named("/console/direct-debits"),
    "credit": _by_id(_driver),
    "debit": _by_id(_document),
    "debt": _by_id(_document),
    "disputes": _setting("/console/disputes"),
    "document": _by_id(_document),
    "driver": _by_id(_driver),
    "dunning": _setting("/console/dunning"),
    "energy_costs": _site,
    "factor": _by_id(_account),
    "fleet": _named("/console/statements"),
    "group": _named("/console/prices/groups"),
    "ledger": _named("/console/ledger"),
    "log": _setting("/console/audit"),
    "mandate": _by_id(_driver),
    "mandates": _setting("/console/company"),
    "notice": _setting("/console/messages"),
    "offer": _by_id(_offer),
    "operator": _setting("/console/company"),
    "partner": _by_id(_partner),
    "password": _by_id(_account),
    "payback": _by_id(_document),
    "payment": _by_id(_document),
    "plan": _by_id(_plan),
    "price": _by_id(_price),
    "pricing": _by_id(_proposal),
    "quarantine": _charger,
    "question": _by_id(_question),
    "readings": _setting("/console/messages"),
    "roaming": _by_id(_roaming_partner),
    "site": _site,
    "socket": _socket,
    "sso": _setting("/console/single-sign-on"),
    "statement": _by_id(_partner_statement),
    "tariff": _by_id(_tariff),
    "team": _named("/console/team"),
    "transfers": _named("/console/transfers"),
    "unlawful": _setting("/console/quarantine"),
    "wallet": _setting("/console/wallets"),
    "webhook": _by_id(_webhook),
}
_OF_ACTIONS: dict[str, _Find] = {
    "booking.blocked": _site,
    "booking.cancel": _by_id(_driver),
    "clearing.read": _setting("/console/clearing"),
    "ledger.accounts": _setting("/console/ledger"),
    "ledger.debtors": _setting("/console/ledger/debtors"),
    "ledger.entry": _by_hand,
    "ledger.reversal": _by_hand,
    "notice.again": _by_id(_notice),
    "pricing.rules": _by_id(_priced_site),
    "roaming.again": _by_id(_document),
    "sso.sign_in": _by_id(_account),
    "sso.sign_out": _by_id(_account),
    "team.factor_rule": _setting("/console/team"),
}
