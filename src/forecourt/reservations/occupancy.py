"""How many sockets are claimed at each step of time, stored so that a whole stay is checked in a few operations.

The count of each step is spread over bit planes: bit t of plane i is bit i of the count of step t. Adding a claim is a
carry over the planes, and one integer then tells for every step at once whether it is full. The counts start at
2**m - sockets, so that "full" is plane m (or a higher one) and needs no comparison.
"""


class Occupancy:
    """Steps are the bits of an int, step 0 the lowest. blocked: steps in which nothing new may lie, even if sockets are free."""

    def __init__(self, sockets: int, steps: int, blocked: int = 0) -> None:
        self._top = max(sockets - 1, 0).bit_length()
        everywhere, offset = (1 << steps) - 1, (1 << self._top) - sockets
        self._planes = [everywhere if offset >> plane & 1 else 0 for plane in range(self._top + 2)]
        self.sockets = sockets
        self.blocked = blocked
        self._sum_up()

    def add(self, claim: int) -> None:
        """Claim one more socket in each step of the claim."""
        planes, plane = self._planes, 0
        while claim:
            if plane == len(planes):
                planes.append(0)
            planes[plane], claim = planes[plane] ^ claim, planes[plane] & claim
            plane += 1
        self._sum_up()

    def drop(self, claim: int) -> None:
        """Remove a claim that was added."""
        planes, plane = self._planes, 0
        while claim:
            less = planes[plane] ^ claim
            planes[plane], claim = less, less & claim
            plane += 1
        self._sum_up()

    def without(self, claim: int) -> int:
        """The steps that are full for a stay which now makes this claim and is to move."""
        return self.over | (self.full & ~claim)

    def _sum_up(self) -> None:
        below = above = 0
        for plane in self._planes[: self._top]:
            below |= plane
        for plane in self._planes[self._top + 1 :]:
            above |= plane
        # full: no socket is left. over: more are claimed than there are.
        self.full = self._planes[self._top] | above
        self.over = (self._planes[self._top] & below) | above
