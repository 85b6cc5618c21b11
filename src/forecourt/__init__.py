"""Forecourt: scheduling, revenue and billing for charging stations, as one."""

import os

# NumPy's OpenBLAS, which reads this when it is loaded: its threads wait for each other by spinning, so that matrices of our size took
# twice the processor time for nothing, on machines where chargers are served meanwhile.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"
