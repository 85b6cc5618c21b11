"""What people call a plug whose standard has a name of its own in the field's data."""

_NAMES = {
    "IEC_62196_T1": "Type 1",
    "IEC_62196_T2": "Type 2",
    "IEC_62196_T1_COMBO": "CCS (Type 1)",
    "IEC_62196_T2_COMBO": "CCS",
    "CHADEMO": "CHAdeMO",
}


def plug_name(standard: str) -> str:
    return _NAMES.get(standard, standard)
