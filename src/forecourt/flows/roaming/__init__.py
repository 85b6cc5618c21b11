"""Partners whose customers charge here: who they are, the tokens they vouch for, and what they are told."""
