"""The one command, `forecourt`."""

from forecourt.cli.main import main

__all__ = ["main"]
