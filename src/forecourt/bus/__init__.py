"""NATS between processes: orders to whoever holds a charger's socket, and hints that shorten a poll. Handles bytes only."""

from forecourt.bus.connection import Bus
from forecourt.bus.errors import BusDown, BusError, HolderFailed, NoAnswer, NoHolder
from forecourt.bus.subjects import charger_subject, hint_subject

__all__ = ["Bus", "BusDown", "BusError", "HolderFailed", "NoAnswer", "NoHolder", "charger_subject", "hint_subject"]
