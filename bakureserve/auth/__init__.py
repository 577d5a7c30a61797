"""Proofs of identity: passwords, our own tokens, and those of an external issuer."""
