"""What is asked, of whom and why: tariffs kept and judged, entitlements, the price before a charge."""

from forecourt.flows.prices.buyer import buyer_of
from forecourt.flows.prices.entitling import entitlements_of, entitlements_used
from forecourt.flows.prices.grouping import group_sockets, grouping_seen, join_group, kinds_of, leave_group
from forecourt.flows.prices.price_entering import enter_price, withdraw_entry
from forecourt.flows.prices.price_finding import Price, expected_usage, find_price, power_of, price_at, quote_now, running_cost
from forecourt.flows.prices.price_law import markets_of_entry, not_judged
from forecourt.flows.prices.pricing import approve_price, follow_ladder, propose_prices, reject_price, set_rules
from forecourt.flows.prices.publishing import Publication, draft_version, entries_of, publish_tariff, withdraw_version
from forecourt.flows.prices.sales_history import Sold, change_days, present_version, sold_hours

__all__ = [
    "Price",
    "Publication",
    "Sold",
    "approve_price",
    "buyer_of",
    "change_days",
    "draft_version",
    "enter_price",
    "entitlements_of",
    "entitlements_used",
    "entries_of",
    "expected_usage",
    "find_price",
    "follow_ladder",
    "group_sockets",
    "grouping_seen",
    "join_group",
    "kinds_of",
    "leave_group",
    "markets_of_entry",
    "not_judged",
    "power_of",
    "present_version",
    "price_at",
    "propose_prices",
    "publish_tariff",
    "quote_now",
    "reject_price",
    "running_cost",
    "set_rules",
    "sold_hours",
    "withdraw_entry",
    "withdraw_version",
]
