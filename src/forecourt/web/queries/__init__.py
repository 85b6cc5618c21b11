"""What pages show, gathered from the store: each function reads within one unit of work and gives frozen views."""
