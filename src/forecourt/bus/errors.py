"""What can go wrong when one process asks another."""


class BusError(Exception):
    """An order could not be delivered, or its fate is unknown."""


class NoHolder(BusError):
    """No process holds this charger's socket: nothing was delivered."""


class BusDown(BusError):
    """There is no connection to NATS at present: nothing was sent."""


class NoAnswer(BusError):
    """The order was sent and no answer came in time: it may or may not have reached the charger."""


class HolderFailed(BusError):
    """The process that holds the socket failed while handling the order; the text is its error."""
