"""The data that pages show, read from the store: each function reads within one unit of work and returns frozen views."""
