"""Horizon's rate limit: so many requests an hour for each address, in bursts of a hundred."""

import time

BURST = 100


class RateLimit:
    """Counts requests by address; without `per_hour` everybody may always ask."""

    def __init__(self, per_hour: int = 0) -> None:
        self.rate = per_hour / 3600
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, address: str) -> bool:
        """Whether one more request is allowed now."""
        if not self.rate:
            return True
        now = time.monotonic()
        left, since = self._left.get(address, (BURST, now))
        left = min(BURST, left + (now - since) * self.rate)
        allowed = left >= 1
        self._left[address] = (left - allowed, now)
        return allowed

    def headers(self, address: str) -> dict[str, str]:
        """What an answer tells of it."""
        left = BURST
        reset = 1
        if self.rate:
            left = int(self._left.get(address, (BURST, 0.0))[0])
            reset = max(1, round((BURST - left) / self.rate))
        return {
            "X-Ratelimit-Limit": str(BURST + 1),
            "X-Ratelimit-Remaining": str(left),
            "X-Ratelimit-Reset": str(reset),
        }
