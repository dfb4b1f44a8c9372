"""Ledger state and rules, pure and deterministic: the caller brings the time."""
