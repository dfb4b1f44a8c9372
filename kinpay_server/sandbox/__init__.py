"""A Stellar network in one process that answers as Horizon does.

`core` holds the ledger's state and rules (no I/O, no clock), `horizon` what history shows of it, `http` the server.
Nothing here knows the rest of this project, and nothing of the rest knows this.
"""
