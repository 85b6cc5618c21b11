"""Flags: what had to be tolerated in a message, each listed once."""


def add_flag(flags: list[str], name: str) -> None:
    if name not in flags:
        flags.append(name)
