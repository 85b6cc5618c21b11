"""One charge from the plug to the stop: facts applied in order, cards judged, starts and stops, guests."""
