"""The time that use cases go by."""

from collections.abc import Callable

Clock = Callable[[], int]
"""Now, in milliseconds since 1970. Only for ages and retries: bounds on the ledger use the ledger's time."""
