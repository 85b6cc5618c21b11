"""Where the parts are chosen and joined: settings, clocks, secrets, roles, the demo network, the replay."""

from forecourt.assembly.admin import Admin
from forecourt.assembly.replay_books import ReplaySummary
from forecourt.assembly.replaying import HISTORY_WEEKS, Replay, ReplayProgress, ReplayRequest, replay
from forecourt.assembly.roles import ROLES, run_role
from forecourt.assembly.running import run_all, run_demo
from forecourt.assembly.settings import settings_from
from forecourt.assembly.upkeep import back_up, examine, forget, put_back

__all__ = [
    "HISTORY_WEEKS",
    "ROLES",
    "Admin",
    "Replay",
    "ReplayProgress",
    "ReplayRequest",
    "ReplaySummary",
    "back_up",
    "examine",
    "forget",
    "put_back",
    "replay",
    "run_all",
    "run_demo",
    "run_role",
    "settings_from",
]
