"""How much waits, by the partial indexes of what waits."""

from sqlalchemy import Connection, func, select

from kinpay_server.services.depths import Depths
from kinpay_server.storage.database import Database
from kinpay_server.storage.outstanding import count_up_to
from kinpay_server.storage.tables import (
    ACCEPTED,
    DEAD,
    HELD,
    SUBMITTED,
    WAITING,
    WALLET_ACCEPTED,
    WALLET_HELD,
    callbacks,
    channels,
    payments,
    wallets,
)

MOST = 100_000
"""Where counts stop: a queue may grow without end, and the time that a look at it takes may not."""

_OLDEST = select(payments.c.created_at).where(ACCEPTED).order_by(payments.c.created_at).limit(1)
_CHANNELS = select(channels.c.state, func.count()).group_by(channels.c.state)


class DepthRows:
    """Implements `DepthReader`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def depths(self) -> Depths:
        """See the port."""
        return await self._database.read(_depths)


def _depths(connection: Connection) -> Depths:
    return Depths(
        accepted=count_up_to(MOST, connection, payments, ACCEPTED),
        submitted=count_up_to(MOST, connection, payments, SUBMITTED),
        held=count_up_to(MOST, connection, payments, HELD),
        oldest=connection.execute(_OLDEST).scalar_one_or_none(),
        wallets_accepted=count_up_to(MOST, connection, wallets, WALLET_ACCEPTED),
        wallets_held=count_up_to(MOST, connection, wallets, WALLET_HELD),
        callbacks_waiting=count_up_to(MOST, connection, callbacks, WAITING),
        callbacks_dead=count_up_to(MOST, connection, callbacks, DEAD),
        channels=dict(tuple(row) for row in connection.execute(_CHANNELS)),
    )
