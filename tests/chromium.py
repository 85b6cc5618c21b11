"""The browser of the tests: the build without windows where there is one, as it takes half the processor time for the same pages."""

import shutil

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def chromium_program() -> str:
    """Its path. FileNotFoundError where none of them is installed."""
    if found := next(filter(None, map(shutil.which, PROGRAMS)), None):
        return found
    raise FileNotFoundError(f"none of {', '.join(PROGRAMS)} is installed")
