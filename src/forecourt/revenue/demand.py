"""How drivers arrive, stay and respond to prices: the input of every calculation in this package."""

from dataclasses import dataclass

from forecourt.kernel import BadInput


@dataclass(frozen=True, slots=True)
class Demand:
    """Arrivals at a pool of equal sockets over a cycle of hours (24 of a day, 168 of a week, then again from its start).

    arrivals_per_hour: drivers who would come in each hour at the reference price. A price p brings (p / reference) to the
    power of minus elasticity as many. Who finds no free socket drives on. stay_h: mean hours a socket is taken, spread
    exponentially. energy_kwh: mean of a charge. Prices and energy_cost (what a kWh costs the operator) per kWh, without tax.
    """

    arrivals_per_hour: tuple[float, ...]
    stay_h: float
    energy_kwh: float
    sockets: int
    reference_price: float
    elasticity: float
    energy_cost: float = 0.0

    def __post_init__(self) -> None:
        numbers = (self.stay_h, self.energy_kwh, self.reference_price, self.elasticity)
        if self.sockets < 1 or not all(number > 0 for number in numbers) or self.energy_cost < 0:
            raise BadInput("demand", "Sockets, stay, energy, price and elasticity must be above zero.")
        if not self.arrivals_per_hour or any(rate < 0 for rate in self.arrivals_per_hour):
            raise BadInput("demand", "Each hour of the cycle needs a rate of arrivals, zero or more.")

    def scale(self, price: float) -> float:
        """How many times the arrivals of the reference price come at this price."""
        return float((price / self.reference_price) ** -self.elasticity)

    def margin(self, price: float) -> float:
        """What a mean charge earns at this price, its energy paid."""
        return (price - self.energy_cost) * self.energy_kwh

    @property
    def load(self) -> float:
        """Offered load at the reference price: sockets that would be taken if there were enough, over those there are."""
        mean = sum(self.arrivals_per_hour) / len(self.arrivals_per_hour)
        return mean * self.stay_h / self.sockets
