"""One file for each step of the journey: load, call a room, keep papers and orders. No I/O; the edges do that."""
