"""Slots promised, kept and moved; the queue and its turns."""
