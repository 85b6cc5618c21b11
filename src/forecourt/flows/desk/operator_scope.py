"""Access to what belongs to the operator of the staff member who asks; anything else does not exist for them."""

from collections.abc import Mapping
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from forecourt.drivers import Duty
from forecourt.flows.desk.audit import Staff
from forecourt.flows.ports.store import Store
from forecourt.kernel import NotFound, OperatorId, SiteId, Span, utc
from forecourt.offers import Partner, months_later
from forecourt.stations import Operator, Site


def own_site(store: Store, by: Staff, site_id: SiteId | None) -> Site:
    """Raises NotFound."""
    site = store.stations.site(site_id) if site_id is not None else None
    if site is None or site.operator_id != by.operator_id:
        raise NotFound("site", "There is no such site.")
    return site


def site_for_update(store: Store, by: Staff, site_id: SiteId | None) -> Site:
    """The site, read under a lock that serialises an operator's configuration changes, so that nobody's change is lost."""
    store.prices.lock(by.operator_id)
    return own_site(store, by, site_id)


def operator_for_update(store: Store, by: Staff) -> Operator:
    """The same for the operator itself."""
    store.prices.lock(by.operator_id)
    return store.stations.operator(by.operator_id)


def own_partner(store: Store, operator_id: OperatorId, partner_id: UUID) -> Partner:
    """Raises NotFound."""
    partner = store.partners.partner(partner_id)
    if partner is None or partner.operator_id != operator_id:
        raise NotFound("partner", "There is no such partner.")
    return partner


def partner_for_update(store: Store, by: Staff, partner_id: UUID) -> Partner:
    """The same for a partner. Sales and redemptions do not wait for it."""
    store.prices.lock(by.operator_id)
    return own_partner(store, by.operator_id, partner_id)


def finance_staff(store: Store, operator_id: OperatorId) -> list[UUID]:
    """Accounts of staff who look after money, as `staff_with_duty`."""
    return staff_with_duty(store, operator_id, Duty.MONEY)


def staff_with_duty(store: Store, operator_id: OperatorId, duty: Duty) -> list[UUID]:
    """Accounts of staff who have a duty and can sign in, sorted; if there are none, of those who could assign that duty."""
    staff = [one for one in store.drivers.team(operator_id) if one.can_sign_in]
    for wanted_duty in (duty, Duty.TEAM):
        if found := sorted(one.id for one in staff if one.may(wanted_duty)):
            return found
    return []


def operator_zone(store: Store, operator_id: OperatorId) -> ZoneInfo:
    """The zone in which an operator's days and months are counted."""
    return ZoneInfo(store.stations.operator(operator_id).zone)


def operator_day(store: Store, operator_id: OperatorId, at: datetime) -> date:
    """The operator's local day at an instant."""
    return utc(at).astimezone(operator_zone(store, operator_id)).date()


def operator_month(store: Store, operator_id: OperatorId, day_or_instant: date | datetime, later: int = 0) -> Span:
    """The operator's local month of a day or instant, or one so many months later."""
    zone = operator_zone(store, operator_id)
    day = day_or_instant.astimezone(zone).date() if isinstance(day_or_instant, datetime) else day_or_instant
    first_day = months_later(day.replace(day=1), later)
    return Span(datetime.combine(first_day, time(0), zone), datetime.combine(months_later(first_day, 1), time(0), zone))


def tax_countries(store: Store, operator_id: OperatorId) -> Mapping[SiteId | None, str]:
    """The country whose tax applies to a supply, by its site: where the car charges. None: the operator's own, for supplies of no site."""
    return {None: store.stations.operator(operator_id).country} | {one.id: one.country for one in store.stations.sites(operator_id)}
