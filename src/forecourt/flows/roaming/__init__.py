"""Partners whose customers charge here: who they are, the tokens they vouch for, and what they are told."""

from forecourt.flows.roaming.partners import RoamingInvitation, block_roaming, invite_again, invite_roaming, own_roaming
from forecourt.flows.roaming.registering import Registration, partner_left, register_partner
from forecourt.flows.roaming.telling_sites import told_location, told_locations, told_tariffs, untold_sites
from forecourt.flows.roaming.tokens import ask_about, keep_token, partner_answered

__all__ = [
    "Registration",
    "RoamingInvitation",
    "ask_about",
    "block_roaming",
    "invite_again",
    "invite_roaming",
    "keep_token",
    "own_roaming",
    "partner_answered",
    "partner_left",
    "register_partner",
    "told_location",
    "told_locations",
    "told_tariffs",
    "untold_sites",
]
