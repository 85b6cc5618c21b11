"""The one command, `forecourt`."""

from forecourt.cli.command import main

__all__ = ["main"]
