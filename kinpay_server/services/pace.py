"""How often Horizon is looked at: often while something is under way, seldom else, less when its rate limit runs out.

A public Horizon allows 3,600 requests an hour and address, submissions included; its headers say what is left.
"""

IDLE = 5_000
SPARING = 5_000
STARVING = 30_000
SPARING_BELOW = 0.2
STARVING_BELOW = 0.05


class Pace:
    """Times in milliseconds; `interval` is the configured one."""

    def __init__(self, interval: int) -> None:
        self._interval = interval
        self._looked_at = 0

    def may_look(self, now: int, *, busy: bool, left: float | None) -> bool:
        """Whether it is time to look again, which is then taken as done.

        `busy` is True while something is under way and is expected to be seen; `left` is the part of Horizon's rate
        limit that is left, None where it has none.
        """
        wait = self._interval if busy else max(self._interval, IDLE)
        if left is not None and left < SPARING_BELOW:
            wait = max(wait, STARVING if left < STARVING_BELOW else SPARING)
        # The interval's own timer may be a little early; a clock that was set back must not stop the looking.
        if 0 <= now - self._looked_at < 0.9 * wait:
            return False
        self._looked_at = now
        return True
