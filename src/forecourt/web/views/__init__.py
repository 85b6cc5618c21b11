"""What pages show and forms hold, as plain values.

Energies are Wh, powers W, instants aware UTC; `zone` is the IANA zone in which a page tells its times.
"""
