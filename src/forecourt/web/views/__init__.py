"""Plain values that pages show and forms hold.

Energies are Wh, powers W, instants aware UTC; `zone` is the IANA zone in which a page shows its times.
"""
