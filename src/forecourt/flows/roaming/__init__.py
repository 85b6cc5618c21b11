"""Roaming partners, whose customers charge here: who they are, the tokens they vouch for, and what they are told about sites and charges;
and the open data on sites."""

from forecourt.flows.roaming.open_data import PageAddresses, Publication, missing_open_data, open_data_status, open_data_table
from forecourt.flows.roaming.partners import (
    InvitedPartner,
    PartnerHandshake,
    begin_registration,
    begin_renewal,
    block_roaming_partner,
    end_partnership,
    invite_roaming_partner,
    own_roaming_partner,
    registered_peer,
    renew_invitation,
)
from forecourt.flows.roaming.profile_results import answer_pending_profiles
from forecourt.flows.roaming.profiles import ProfileRequest, clear_profile, query_profile, set_profile
from forecourt.flows.roaming.published import party_of, published_location, published_locations, published_tariffs, unpublished_sites
from forecourt.flows.roaming.pushing import push_ended_tariffs, push_site_changes, sites_with_receivers
from forecourt.flows.roaming.registering import Registration, accept_peer, partner_by_token, register_partner, unregister_partner
from forecourt.flows.roaming.sessions import update_partners
from forecourt.flows.roaming.token_fetching import MAX_REFUSED_TOKENS, start_token_fetches
from forecourt.flows.roaming.tokens import apply_authorization, authorization_question, receive_token

__all__ = [
    "MAX_REFUSED_TOKENS",
    "InvitedPartner",
    "PageAddresses",
    "PartnerHandshake",
    "ProfileRequest",
    "Publication",
    "Registration",
    "accept_peer",
    "answer_pending_profiles",
    "apply_authorization",
    "authorization_question",
    "begin_registration",
    "begin_renewal",
    "block_roaming_partner",
    "clear_profile",
    "end_partnership",
    "invite_roaming_partner",
    "missing_open_data",
    "open_data_status",
    "open_data_table",
    "own_roaming_partner",
    "partner_by_token",
    "party_of",
    "published_location",
    "published_locations",
    "published_tariffs",
    "push_ended_tariffs",
    "push_site_changes",
    "query_profile",
    "receive_token",
    "register_partner",
    "registered_peer",
    "renew_invitation",
    "set_profile",
    "sites_with_receivers",
    "start_token_fetches",
    "unpublished_sites",
    "unregister_partner",
    "update_partners",
]
