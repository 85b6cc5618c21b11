"""A driver's rights over what is kept of them: to have it, and to be forgotten."""
