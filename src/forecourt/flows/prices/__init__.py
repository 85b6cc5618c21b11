"""Tariffs stored, checked and published; who is entitled to what; and the price before a charge."""

from forecourt.flows.prices.buyer import buyer_of
from forecourt.flows.prices.dynamic_pricing import approve_price, follow_ladder, propose_prices, reject_price, set_rules
from forecourt.flows.prices.entitlements import entitlements_of, entitlements_on_document
from forecourt.flows.prices.law_acknowledgements import acknowledge_unlawful_price, acknowledgement_of, withdraw_acknowledgement
from forecourt.flows.prices.price_entries import add_price_entry, withdraw_entry
from forecourt.flows.prices.price_finding import Price, current_quote, expected_usage, find_price, power_of, price_at, running_cost
from forecourt.flows.prices.price_groups import group_sockets, grouping_fingerprint, join_group, leave_group, socket_kinds
from forecourt.flows.prices.price_law import (
    Breach,
    breaches_at,
    breaches_at_sites,
    law_at_sites,
    markets_of_version,
    unjudged_rules,
    unjudged_rules_of_entry,
)
from forecourt.flows.prices.publishing import Publication, draft_version, entries_of, publish_tariff, withdraw_version
from forecourt.flows.prices.sales_history import SiteSales, current_version, load_sales, price_changes
from forecourt.flows.prices.unlawful_prices import listed_unlawful_prices, review_price_law

__all__ = [
    "Breach",
    "Price",
    "Publication",
    "SiteSales",
    "acknowledge_unlawful_price",
    "acknowledgement_of",
    "add_price_entry",
    "approve_price",
    "breaches_at",
    "breaches_at_sites",
    "buyer_of",
    "current_quote",
    "current_version",
    "draft_version",
    "entitlements_of",
    "entitlements_on_document",
    "entries_of",
    "expected_usage",
    "find_price",
    "follow_ladder",
    "group_sockets",
    "grouping_fingerprint",
    "join_group",
    "law_at_sites",
    "leave_group",
    "listed_unlawful_prices",
    "load_sales",
    "markets_of_version",
    "power_of",
    "price_at",
    "price_changes",
    "propose_prices",
    "publish_tariff",
    "reject_price",
    "review_price_law",
    "running_cost",
    "set_rules",
    "socket_kinds",
    "unjudged_rules",
    "unjudged_rules_of_entry",
    "withdraw_acknowledgement",
    "withdraw_entry",
    "withdraw_version",
]
