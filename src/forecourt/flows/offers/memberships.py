"""Plans made by the operator; drivers join, change and leave; each month is invoiced and paid by itself."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from forecourt.billing import Invoice, Place, bill_membership_month
from forecourt.drivers import PayBy
from forecourt.flows.billing.invoicing import issue_document
from forecourt.flows.billing.parties import parties
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.money_notices import notify_membership_ending
from forecourt.flows.offers.membership_closures import closed_within_month, end_with_sites, last_site_closes_at
from forecourt.flows.ports.outbox import OutboxItem, RenewMembership
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, DocumentId, DriverId, Ids, Money, NotFound, OperatorId, SiteId
from forecourt.offers import (
    DiscountRule,
    Membership,
    MembershipEnd,
    MembershipTerm,
    Plan,
    PlanVersion,
    cancel_membership,
    change_membership,
    close_membership,
    code_of,
    parse_code,
)
from forecourt.payments import Declined


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """The terms of a plan. fee: per month, with VAT. group: the only group it is for; empty = everyone. share_percent: of power when it is
    short."""

    title: str
    fee: Money
    vat_percent: Decimal | None
    benefits: tuple[DiscountRule, ...]
    sites: tuple[SiteId, ...] = ()
    group: str = ""
    share_percent: int = 100


def publish_plan(store: Store, by: Staff, terms: PlanTerms) -> Plan:
    """A new plan, open to join. A group's gets a code that its members join with."""
    check_sites(store, by.operator_id, terms.sites)
    plan_id = by.ids.new(by.at)
    version = _version(by, plan_id, 1, terms)
    group = terms.group.strip()[:60]
    plan = Plan(plan_id, by.operator_id, version.id, version.title, True, group, code_of(by.ids.new(by.at)) if group else "")
    store.memberships.put_version(version)
    store.memberships.put_plan(plan)
    note(store, by, "plan.publish", plan_id, f"{version.title}, {version.fee} a month")
    return plan


def revise_plan(store: Store, by: Staff, plan_id: UUID, terms: PlanTerms) -> Plan:
    """Publish the next version, for those who join from now on. Members keep theirs until they switch."""
    check_sites(store, by.operator_id, terms.sites)
    plan = plan_of_operator(store, by.operator_id, plan_id)
    version = _version(by, plan.id, store.memberships.versions(plan.id)[-1].number + 1, terms)
    store.memberships.put_version(version)
    plan = replace(plan, version_id=version.id, title=version.title)
    store.memberships.put_plan(plan)
    note(store, by, "plan.revise", plan.id, f"version {version.number}: {version.title}, {version.fee} a month")
    return plan


def open_plan(store: Store, by: Staff, plan_id: UUID, is_open: bool) -> Plan:
    """Set whether drivers may join. Members keep their plan."""
    plan = replace(plan_of_operator(store, by.operator_id, plan_id), open=is_open)
    store.memberships.put_plan(plan)
    note(store, by, "plan.open" if is_open else "plan.close", plan.id, plan.title)
    return plan


def join_plan(store: Store, driver_id: DriverId, plan_id: UUID, code: str, at: datetime, ids: Ids) -> Membership:
    """Join a plan from now on; the first month is invoiced at once. code: of a group's plan.

    Raises Conflict for a second membership, a closed plan, while a month of an earlier one is not paid, or without a card to pay with;
    a monthly account pays with its statement.
    """
    store.entitlements.lock_driver(driver_id)
    driver = store.drivers.driver(driver_id)
    version = _joinable_version(store, driver.operator_id, plan_id, code)
    for known in store.memberships.of_driver(driver_id):
        if known.is_valid_at(at) and not known.over:
            raise Conflict("member_already", "You already have a membership.", "Change it, or cancel it first.")
        if unpaid_amount(store, known):  # else whoever joins again and again is a member for nothing
            raise Conflict("month_unpaid", "The last month of your membership is unpaid.", "Pay it first, then join again.")
        if not known.over:
            store.memberships.put(replace(known, over=True))
    if version.fee and not driver.payment_method and driver.pay_by is not PayBy.ACCOUNT:
        raise Conflict("no_payment_method", "Your account has no stored card.", "Add one in your account.")
    zone = store.stations.operator(driver.operator_id).zone
    membership = Membership(ids.new(at), driver.operator_id, driver_id, (MembershipTerm(0, plan_id, version.id),), zone, at)
    return _bill(store, membership, at, ids)[0]


def change_plan(store: Store, driver_id: DriverId, plan_id: UUID, code: str, at: datetime) -> Membership:
    """Switch to another plan from the next month; switching back to the current one undoes that."""
    membership = _current_membership(store, driver_id, at)
    version = _joinable_version(store, membership.operator_id, plan_id, code)
    after = change_membership(membership, version, at)
    store.memberships.put(after)
    return after


def cancel_plan(store: Store, driver_id: DriverId, at: datetime) -> Membership:
    """The membership lasts to the end of the month and is not renewed. Cancelling twice changes nothing."""
    after = cancel_membership(_current_membership(store, driver_id, at), at)
    store.memberships.put(after)
    return after


def queue_renewals(store: Store, operator_id: OperatorId, at: datetime, ids: Ids) -> int:
    """Queue a task for each membership that is due. Returns how many."""
    due = store.memberships.due(operator_id, at)
    for one in due:
        key = f"renew/{one.id}/{one.billed}"
        store.outbox.put(OutboxItem(ids.new(at), operator_id, None, "task", f"renew/{one.id}", RenewMembership(one.id), at, key))
    return len(due)


def renew_membership(store: Store, membership_id: UUID, at: datetime, ids: Ids) -> Invoice | None:
    """Invoice the month that has begun; or close a membership that ends, or whose last month was not paid.

    A month in which all its sites close for good is the last and is free; if it was already invoiced, it is credited when they close.
    Repeating it invoices nothing twice. A month missed during downtime is invoiced by the next call.
    """
    membership = store.memberships.lock(membership_id)
    if membership is None or membership.over:
        return None
    if membership.billed and (closed_at := closed_within_month(store, membership, at)) is not None:
        end_with_sites(store, membership, closed_at, at, ids)
        return None
    due = membership.renews_at
    if due is None:
        if membership.ends_at is not None and membership.ends_at <= at:
            store.memberships.put(replace(membership, over=True))
        return None
    if due > at:
        return None
    if unpaid_amount(store, membership):
        store.memberships.put(replace(membership, over=True, ends_at=due, end=MembershipEnd.UNPAID))
        return None
    version = store.memberships.version(membership.term(membership.billed).version_id)
    ends_at = last_site_closes_at(store, version)
    if ends_at is not None and ends_at < membership.period(membership.billed).span.end:
        after = close_membership(membership, ends_at)
        store.memberships.put(after)
        notify_membership_ending(store, after, version.title, (after.ends_at or ends_at, None), at)
        return None
    return _bill(store, membership, at, ids)[1]


def unpaid_amount(store: Store, membership: Membership) -> Money | None:
    """The unpaid amount of the newest month, if its payment was declined; None if nothing is unpaid."""
    invoice = store.documents.document(DocumentId(membership.document_id)) if membership.document_id else None
    if invoice is None or store.documents.credit_notes_of(invoice.id):
        return None
    payments = store.payments.of_document(invoice.id)
    missing = invoice.due - sum((one.taken for one in payments), Money.zero(invoice.currency))
    return missing if missing.minor > 0 and any(isinstance(one.state, Declined) for one in payments) else None


def plan_of_operator(store: Store, operator_id: OperatorId, plan_id: UUID) -> Plan:
    plan = store.memberships.plan(plan_id)
    if plan is None or plan.operator_id != operator_id:
        raise NotFound("plan", "There is no such plan.")
    return plan


def check_sites(store: Store, operator_id: OperatorId, sites: tuple[SiteId, ...]) -> None:
    """Raise BadInput unless all are sites of the operator that have not closed for good."""
    site_ids = {site.id for site in store.stations.sites(operator_id) if site.closed_at is None}
    if not set(sites) <= site_ids:
        raise BadInput("sites", "One of the places is not yours, or has closed for good.", "Choose from the list.")


def _bill(store: Store, membership: Membership, at: datetime, ids: Ids) -> tuple[Membership, Invoice | None]:
    """The next month's invoice, unless it is free; the membership with that month billed."""
    month = membership.period(membership.billed)
    version = store.memberships.version(membership.term(month.number).version_id)
    invoice = None
    if version.fee:
        operator = store.stations.operator(membership.operator_id)
        place = Place(operator.name, operator.address, membership.zone)
        between = parties(store, operator.id, store.drivers.driver(membership.driver_id), used_at=at)
        invoice = issue_document(store, bill_membership_month(membership, version, month, place, between), at, ids)
    billed = replace(membership, billed=month.number + 1, document_id=invoice.id if invoice else None)
    store.memberships.put(billed)
    return billed, invoice


def _current_membership(store: Store, driver_id: DriverId, at: datetime) -> Membership:
    store.entitlements.lock_driver(driver_id)
    for one in store.memberships.of_driver(driver_id):
        if one.is_valid_at(at) and not one.over:
            found = store.memberships.lock(one.id)
            if found is not None:
                return found
    raise NotFound("membership", "You do not have a membership.")


def _joinable_version(store: Store, operator_id: OperatorId, plan_id: UUID, code: str) -> PlanVersion:
    plan = plan_of_operator(store, operator_id, plan_id)
    version = store.memberships.version(plan.version_id)
    if not plan.open or last_site_closes_at(store, version) is not None:
        raise Conflict("plan_closed", "You can no longer join {plan}.", "Choose another plan.", plan=plan.title)
    if plan.group and (not code or parse_code(code) != plan.join_code):
        raise Conflict("plan_group", "{plan} is for {group}.", "Enter the code your group gave you.", plan=plan.title, group=plan.group)
    return version


def _version(by: Staff, plan_id: UUID, number: int, terms: PlanTerms) -> PlanVersion:
    title, version_id = terms.title.strip(), by.ids.new(by.at)
    sold = (title, terms.fee, terms.vat_percent, terms.benefits, terms.sites)
    return PlanVersion(version_id, by.operator_id, plan_id, number, *sold, by.at, terms.share_percent)
