"""The roaming edge (OCPI 2.2.1 and 2.3.0): what partners request from us under /ocpi, and how we call them."""

from forecourt.roaming.app import create_roaming
from forecourt.roaming.client import OcpiClient
from forecourt.roaming.own_handshake import OcpiHandshake
from forecourt.roaming.ports import RoamingPorts

__all__ = ["OcpiClient", "OcpiHandshake", "RoamingPorts", "create_roaming"]
