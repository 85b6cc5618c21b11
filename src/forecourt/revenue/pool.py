"""A pool of sockets as a Markov chain: exact probabilities of how many are taken, with prices constant between reviews.

Between reviews the price does not move. In that time cars come as a Poisson stream and each leaves after an exponential
stay, so the number taken is a birth-death chain; its matrix exponential, with a column that counts who was let in, gives
every figure without simulation.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecourt.revenue.demand import Demand

Floats = NDArray[np.float64]
# How often a price that follows the occupancy may change.
REVIEWS_PER_HOUR = 12
_TERMS = 7


@dataclass(frozen=True, slots=True)
class Outcome:
    """The long-run result of a pricing, per day.

    money: what charges earn, their energy paid. asked: drivers who came at the prices shown; refused_share: how many of
    them found no free socket. mean_price: over those who charged; dispersion: its standard deviation over that mean.
    """

    money: float
    asked: float
    refused_share: float
    mean_price: float
    dispersion: float


@dataclass(frozen=True)
class Pool:
    """One demand under a list of prices (rungs). States are 0 to `sockets` taken."""

    demand: Demand
    prices: tuple[float, ...]
    held_free: int = 0  # sockets that who comes unannounced may not take

    @property
    def hours(self) -> int:
        return len(self.demand.arrivals_per_hour)

    @property
    def states(self) -> int:
        return self.demand.sockets + 1

    @cached_property
    def asked(self) -> Floats:
        """Drivers who come between two reviews: (hour, rung)."""
        scales = np.array([self.demand.scale(price) for price in self.prices])
        return np.outer(self.demand.arrivals_per_hour, scales) / REVIEWS_PER_HOUR

    @cached_property
    def margins(self) -> Floats:
        return np.array([self.demand.margin(price) for price in self.prices])

    @cached_property
    def _kernels(self) -> Floats:
        """exp of the generator over one review, (hour, rung, state, state + 1): where to, and last how many were let in."""
        size = self.states
        span = 1 / REVIEWS_PER_HOUR
        rates = self.asked.reshape(-1)
        generator = np.zeros((len(rates), size + 1, size + 1))
        occupied = np.arange(size)
        leave = occupied * (span / self.demand.stay_h)
        free = occupied[: max(0, size - 1 - self.held_free)]
        generator[:, free, free + 1] = rates[:, None]
        generator[:, free, size] = rates[:, None]
        generator[:, occupied[1:], occupied[1:] - 1] = leave[1:]
        generator[:, occupied, occupied] = -leave
        generator[:, free, free] -= rates[:, None]
        kernels = _exponential(generator)[:, :size]
        return kernels.reshape(self.hours, len(self.prices), size, size + 1)

    @property
    def moves(self) -> Floats:
        """Chance of the next state: (hour, rung, state, state)."""
        return self._kernels[..., :-1]

    @property
    def admitted(self) -> Floats:
        """Expected number let in: (hour, rung, state)."""
        return self._kernels[..., -1]

    def outcome(self, table: NDArray[Any]) -> Outcome:
        """The long run of a table of rungs: (review of the cycle, state)."""
        hour = np.arange(len(table)) // REVIEWS_PER_HOUR
        at = np.arange(self.states)
        moves = self.moves[hour[:, None], table, at]
        inside = self.admitted[hour[:, None], table, at]
        requested = self.asked[hour[:, None], table]
        share = stationary_shares(moves)
        sold, wanted = np.zeros(len(self.prices)), 0.0
        for step in range(len(table)):
            np.add.at(sold, table[step], share * inside[step])
            wanted += float(share @ requested[step])
            share = share @ moves[step]
        return self._summed(sold, wanted)

    def busy(self, table: NDArray[Any]) -> tuple[Floats, Floats]:
        """By hour of the cycle: the share of sockets taken when it begins, and the share of its drivers who are refused."""
        hour = np.arange(len(table)) // REVIEWS_PER_HOUR
        at = np.arange(self.states)
        moves = self.moves[hour[:, None], table, at]
        share = stationary_shares(moves)
        occupied, sold, requested = np.zeros(self.hours), np.zeros(self.hours), np.zeros(self.hours)
        for step in range(len(table)):
            if step % REVIEWS_PER_HOUR == 0:
                occupied[hour[step]] = share @ at / self.demand.sockets
            sold[hour[step]] += share @ self.admitted[hour[step], table[step], at]
            requested[hour[step]] += share @ self.asked[hour[step], table[step]]
            share = share @ moves[step]
        return occupied, np.clip(1 - np.divide(sold, requested, out=np.ones_like(sold), where=requested > 0), 0, 1)

    def _summed(self, sold: Floats, wanted: float) -> Outcome:
        days = self.hours / 24
        prices, total = np.array(self.prices), float(sold.sum())
        mean = float(sold @ prices) / total if total else 0.0
        spread = float(np.sqrt(sold @ (prices - mean) ** 2 / total)) if total else 0.0
        refused = 1 - total / wanted if wanted else 0.0
        return Outcome(float(sold @ self.margins) / days, wanted / days, refused, mean, spread / mean if mean else 0.0)

    def flat(self, rung: int) -> NDArray[np.intp]:
        return np.full((self.hours * REVIEWS_PER_HOUR, self.states), rung, dtype=np.intp)

    def by_hour(self, rungs: NDArray[np.intp]) -> NDArray[np.intp]:
        """The table of a price list: a rung for each hour, whoever is there."""
        return np.repeat(np.repeat(rungs, REVIEWS_PER_HOUR)[:, None], self.states, axis=1)

    @cached_property
    def hourly(self) -> tuple[Floats, Floats]:
        """Moves over a whole hour at one rung, and what it earns from each state: (hour, rung, state, state), (hour, rung, state)."""
        moves, earned = self.moves, self.admitted * self.margins[:, None]
        one, review = earned, moves
        for _ in range(REVIEWS_PER_HOUR - 1):
            earned = one + np.matmul(review, earned[..., None])[..., 0]
            moves = np.matmul(review, moves)
        return moves, earned

    def money_of(self, plans: NDArray[np.intp]) -> Floats:
        """Money a day of many price lists at once: (plan, hour) of rungs."""
        moves, earned = self.hourly
        share = np.zeros((len(plans), self.states))
        share[:, 0] = 1
        total = np.zeros(len(plans))
        for turn in range(2):
            total[:] = 0
            for hour in range(self.hours):
                for rung in np.unique(plans[:, hour]):
                    those = np.flatnonzero(plans[:, hour] == rung)
                    if turn:
                        total[those] += share[those] @ earned[hour, rung]
                    share[those] = share[those] @ moves[hour, rung]
        return total * 24 / self.hours


def stationary_shares(moves: Floats) -> Floats:
    """The chances of each state at the start of a cycle, after many cycles: (step, state, state) -> (state)."""
    size = moves.shape[-1]
    share = np.zeros(size)
    share[0] = 1
    for _ in range(60):
        before = share
        for step in moves:
            share = share @ step
        if np.abs(share - before).max() < 1e-10:
            break
    settled_share: Floats = share / share.sum()
    return settled_share


def _exponential(generators: Floats) -> Floats:
    """exp of many matrices: Taylor's series of a small part, squared up."""
    largest = float(np.abs(generators).sum(axis=-1).max(initial=0.0))
    halvings = max(0, int(np.ceil(np.log2(max(largest, 1e-9)))) + 2)
    part = generators / 2**halvings
    unit = np.eye(generators.shape[-1])
    total: Floats = unit + part / _TERMS
    for term in range(_TERMS - 1, 0, -1):
        total = unit + np.matmul(part, total) / term
    for _ in range(halvings):
        total = np.matmul(total, total)
    return total
