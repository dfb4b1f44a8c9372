"""Which lists of payments cost less to read: those of the watched accounts, or the one of the whole network.

Costs are counted in empty pages of an account's list, 5 ms of Horizon's time each. In the network's list each record,
whomever it concerns, costs 0.3 ms more and 7.5 kB (65 ms and 1.5 MB for a page of 200, measured on a real Horizon).
"""

RECORD = 0.06
"""What a record of the network's list costs, in empty pages."""

RECORD_AS_REQUEST = 1 / 200
"""The same while the rate limit is what is scarce, and only requests count."""

MOST_LISTS = 500
"""With more addresses a round over all their lists takes too long, whatever the network does."""

CLEARLY = 2
"""How much cheaper the other way must be before it is taken: what costs about the same stays as it is."""


def lists_are_cheaper(*, addresses: int, rate: float, seconds: float, scarce: bool, lists_now: bool) -> bool:
    """Whether to read the accounts' own lists. `lists_now` tells whether that is done at present.

    Each poll an account costs a page, mostly an empty one, whether there is much to catch up with or not. The network
    costs a page too and all its payments: `rate` a second in the `seconds` that are to be read.
    """
    if addresses <= 1 or addresses > MOST_LISTS:
        return addresses <= 1
    network = 1 + rate * seconds * (RECORD_AS_REQUEST if scarce else RECORD)
    return addresses <= network * (CLEARLY if lists_now else 1 / CLEARLY)
