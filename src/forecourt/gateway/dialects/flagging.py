"""Flags: what had to be forgiven in a message, each once."""


def flag(flags: list[str], name: str) -> None:
    if name not in flags:
        flags.append(name)
