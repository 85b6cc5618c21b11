"""The meaning of CALLERRORs, independent of the version, and how each version spells the codes."""

from enum import Enum, StrEnum


class Fault(Enum):
    """Why a call is refused. The value is the sentence sent to the charger: fixed, so that nothing internal leaks."""

    NOT_IMPLEMENTED = "This action is not known here."
    NOT_SUPPORTED = "This action is known but not supported here."
    INTERNAL = "The message could not be processed. Send it again."
    PROTOCOL = "The message does not follow the protocol."
    SECURITY = "The charger may not send this now."
    FORMAT = "The message is not well formed."
    PROPERTY = "A field has a value that is not allowed."
    OCCURRENCE = "A field is missing or there are too few or too many of it."
    TYPE = "A field has the wrong type."
    FRAME = "The frame is not a readable OCPP-J message."
    MESSAGE_TYPE = "This message type is not known."
    GENERIC = "The message cannot be accepted."


class Spelling(StrEnum):
    """The two spellings of error codes: 1.6 with its misspellings, and 2.0.1 and later."""

    OCPP16 = "1.6"
    OCPP2 = "2"

    def code(self, fault: Fault) -> str:
        return _CODES[self][fault]


_SHARED = {
    Fault.NOT_IMPLEMENTED: "NotImplemented",
    Fault.NOT_SUPPORTED: "NotSupported",
    Fault.INTERNAL: "InternalError",
    Fault.PROTOCOL: "ProtocolError",
    Fault.SECURITY: "SecurityError",
    Fault.PROPERTY: "PropertyConstraintViolation",
    Fault.TYPE: "TypeConstraintViolation",
    Fault.GENERIC: "GenericError",
}
_CODES = {
    Spelling.OCPP16: {
        **_SHARED,
        Fault.FORMAT: "FormationViolation",
        Fault.OCCURRENCE: "OccurenceConstraintViolation",
        Fault.FRAME: "FormationViolation",
        Fault.MESSAGE_TYPE: "ProtocolError",
    },
    Spelling.OCPP2: {
        **_SHARED,
        Fault.FORMAT: "FormatViolation",
        Fault.OCCURRENCE: "OccurrenceConstraintViolation",
        Fault.FRAME: "RpcFrameworkError",
        Fault.MESSAGE_TYPE: "MessageTypeNotSupported",
    },
}
# Later texts correct the spelling, and chargers mix them: every spelling is understood in every version.
_FAULTS = {code: fault for codes in _CODES.values() for fault, code in codes.items()} | {
    "FormationViolation": Fault.FORMAT,
    "ProtocolError": Fault.PROTOCOL,
}


def fault_of(code: str) -> Fault:
    """The fault that a charger's error code means; GENERIC if the standard does not define the code."""
    return _FAULTS.get(code, Fault.GENERIC)
