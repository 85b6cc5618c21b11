"""Forecourt: scheduling, revenue and billing for charging stations, as one."""

__version__ = "0.1.0"
