"""The OCPP edge: chargers' sockets on one side, facts and orders on the other."""
