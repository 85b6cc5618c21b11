"""What pages show and forms hold, as plain values."""
