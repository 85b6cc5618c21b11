"""The state folder: what an installation stores besides its database."""

import os
from pathlib import Path

from forecourt.kernel import BadInput


def secret_file(state: Path) -> Path:
    return state / "secret"


def network_secret(state: Path) -> bytes:
    """32 random bytes, created once, readable only by the owner. They sign sessions and demo credentials."""
    path = secret_file(state)
    state.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        secret = path.read_bytes()
        if len(secret) != 32:
            remedy = "Restore it from a backup. With a new one, everyone is signed out and no second factor works."
            raise BadInput("secret", f"{path} is damaged.", remedy) from None
        return secret
    secret = os.urandom(32)
    with os.fdopen(handle, "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    return secret
