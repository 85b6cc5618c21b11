"""How an operator wants a site's power to be shared."""

from dataclasses import dataclass

from forecourt.kernel import BadInput

MAX_DELAY_S = 1800  # what a charge point must be able to do in Great Britain (S.I. 2021/1467, regulation 11)


@dataclass(frozen=True, slots=True)
class Sharing:
    """fairness: 0 = most energy, 1 = balanced, 2 = most even. turn_min: how many minutes a car charges before it may be asked to
    make room. pauses: how often a car may be asked to. usual_need_wh: for drivers who stated no need.
    random_delay_s: increases that nobody asked for are delayed by a random time of up to so long; 0 = no delay.
    """

    fairness: int = 1
    turn_min: int = 45
    pauses: int = 1
    usual_need_wh: int = 15_000
    random_delay_s: int = 0

    def __post_init__(self) -> None:
        bounds = {
            "fairness": (0, 2),
            "turn_min": (5, 240),
            "pauses": (0, 10),
            "usual_need_wh": (1_000, 200_000),
            "random_delay_s": (0, MAX_DELAY_S),
        }
        for name, (low, high) in bounds.items():
            value = getattr(self, name)
            if not low <= value <= high:
                per, unit = (1_000, " kWh") if name == "usual_need_wh" else (1, "")  # in the unit people enter
                raise BadInput(name, f"{value / per:,.10g}{unit} is out of range.", f"Enter {low // per:,} to {high // per:,}{unit}.")
