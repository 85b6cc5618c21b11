"""The steps of the journey: load, call a room, store records and orders. No I/O; the edges do that."""
