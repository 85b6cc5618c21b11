"""Reproducible randomness: the same seed and purpose give the same numbers in every run."""

import random


def seeded(seed: int, *purpose: str | int) -> random.Random:
    """A generator of its own for each purpose, so that one part's throws never shift another's."""
    return random.Random(":".join(map(str, (seed, *purpose))))  # noqa: S311 - a simulation, not a secret
