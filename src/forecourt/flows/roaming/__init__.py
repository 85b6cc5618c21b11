"""Roaming partners, whose customers charge here: who they are, the tokens they vouch for, and what they are told about sites and charges;
and the open data on sites."""

from forecourt.flows.roaming.fetching import MOST_REFUSED, keep_tokens_fetched
from forecourt.flows.roaming.open_data import PlacesShown, Publication, lacking_open_data, open_status, open_table
from forecourt.flows.roaming.partners import (
    PartnerDoor,
    PartnerNamed,
    begin_joining,
    begin_renewing,
    block_roaming,
    invite_again,
    invite_roaming,
    leave_roaming,
    own_roaming,
    registered_peer,
)
from forecourt.flows.roaming.profile_results import keep_profiles_answered
from forecourt.flows.roaming.profiles import ProfileRequest, ask_profile, clear_profile, set_profile
from forecourt.flows.roaming.pushing import keep_sites_pushed, keep_tariffs_pushed, sites_taken
from forecourt.flows.roaming.registering import Registration, offer_answered, partner_left, register_partner, who_shows
from forecourt.flows.roaming.sessions import keep_partners_told
from forecourt.flows.roaming.telling_sites import party_of, told_location, told_locations, told_tariffs, untold_sites
from forecourt.flows.roaming.tokens import ask_about, partner_answered, push_token

__all__ = [
    "MOST_REFUSED",
    "PartnerDoor",
    "PartnerNamed",
    "PlacesShown",
    "ProfileRequest",
    "Publication",
    "Registration",
    "ask_about",
    "ask_profile",
    "begin_joining",
    "begin_renewing",
    "block_roaming",
    "clear_profile",
    "invite_again",
    "invite_roaming",
    "keep_partners_told",
    "keep_profiles_answered",
    "keep_sites_pushed",
    "keep_tariffs_pushed",
    "keep_tokens_fetched",
    "lacking_open_data",
    "leave_roaming",
    "offer_answered",
    "open_status",
    "open_table",
    "own_roaming",
    "partner_answered",
    "partner_left",
    "party_of",
    "push_token",
    "register_partner",
    "registered_peer",
    "set_profile",
    "sites_taken",
    "told_location",
    "told_locations",
    "told_tariffs",
    "untold_sites",
    "who_shows",
]
