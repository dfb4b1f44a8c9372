"""`ServiceStore` in memory."""

import asyncio
from collections import defaultdict

from kinpay_server.domain.errors import ServiceNotFound
from kinpay_server.domain.watch import PaymentWatch, Service


class FakeServices:
    """Keeps services and their watches; temporary ones never end."""

    def __init__(self) -> None:
        self.kept: dict[str, Service] = {}
        self.watches: set[PaymentWatch] = set()

    async def put_service(self, service: Service) -> None:
        await asyncio.sleep(0)
        self.kept[service.id] = service

    async def service(self, service_id: str) -> Service | None:
        await asyncio.sleep(0)
        return self.kept.get(service_id)

    async def services(self) -> list[Service]:
        await asyncio.sleep(0)
        return list(self.kept.values())

    async def delete_service(self, service_id: str, _now: int) -> Service | None:
        await asyncio.sleep(0)
        return self.kept.pop(service_id, None)

    async def put_watch(self, watch: PaymentWatch) -> None:
        self._check(watch)
        self.watches.add(watch)

    async def delete_watch(self, watch: PaymentWatch, _now: int) -> None:
        self._check(watch)
        self.watches.discard(watch)

    async def watchers(self, _now: int) -> dict[str, list[tuple[str, str]]]:
        found = defaultdict[str, list[tuple[str, str]]](list)
        for service in self.kept.values():
            for address in service.wallet_addresses:
                found[address].append((service.id, service.callback))
        return found

    def _check(self, watch: PaymentWatch) -> None:
        if watch.service_id not in self.kept:
            raise ServiceNotFound("no such service")
