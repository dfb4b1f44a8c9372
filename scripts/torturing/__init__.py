"""Tortures kinpay's own programs, and judges by the ledger and the receiver."""
