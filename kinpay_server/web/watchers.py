"""Services and what they watch: permanently their addresses, for a time a payment by its id."""

import asyncio
from typing import Any

import structlog

from kinpay_server.domain.errors import InvalidRequest, ServiceNotFound, Unavailable
from kinpay_server.domain.watch import PaymentWatch, Service
from kinpay_server.web.answers import (
    NothingSchema,
    PaymentSeen,
    ServiceAnswerSchema,
    ServicesSchema,
    WatchersSchema,
)
from kinpay_server.web.base import Handler
from kinpay_server.web.body_limit import MAX_BODY, SERVICE_PATH
from kinpay_server.web.operations import Answer, Operation, Operations
from kinpay_server.web.schema_fields import is_text
from kinpay_server.web.schemas import NewServiceSchema, PaymentWatchSchema, ServicePath, ServiceSchema, load

log = structlog.get_logger(__name__)

_SERVICE = ServiceSchema()
_WATCH = PaymentWatchSchema()


class AllServices(Handler):
    """`/services`."""

    async def get(self) -> None:
        """Answer all of them: `{services}`."""
        self.answer({"services": [_as_value(service) for service in await self.services.all_services()]})


class OneService(Handler):
    """`/services/{service_id}`."""

    async def put(self, service_id: str) -> None:
        """Record it, in place of what it was: 200 and the service."""
        service = Service(**await self._load(service_id))
        await self.services.put_service(service)
        self.answer(_as_value(service))

    async def get(self, service_id: str) -> None:
        """Answer it."""
        self.answer(_as_value(await _known(self, service_id)))

    async def delete(self, service_id: str) -> None:
        """Take it away with all its watches: 200 and what it was."""
        service = await self.services.delete_service(service_id, self.services.clock()) if is_text(service_id) else None
        if service is None:
            raise ServiceNotFound("no service with that id")
        log.info("service deleted", service_id=service.id)
        self.answer(_as_value(service))

    async def _load(self, service_id: str) -> dict[str, Any]:
        """What is put; a long list is read in a thread, so that no other request waits for it."""

        def read() -> dict[str, Any]:
            return load(_SERVICE, self.body() | {"service_id": service_id})

        return read() if len(self.request.body) < MAX_BODY else await asyncio.to_thread(read)


class OneWatch(Handler):
    """`/services/{service_id}/watchers/{address}/payments/{payment_id}`."""

    async def put(self, service_id: str, address: str, payment_id: str) -> None:
        """Watch the payments with that id at that address for a while, or for a while longer."""
        try:
            watch = PaymentWatch(**load(_WATCH, self._sent(service_id, address, payment_id)))
        except InvalidRequest:
            await _known(self, service_id)
            raise
        await self.services.put_watch(watch)
        self.answer({})

    async def delete(self, service_id: str, address: str, payment_id: str) -> None:
        """Watch them no more. What can never have been watched needs no look, but for the service."""
        if all(map(is_text, (service_id, address, payment_id))):
            watch = PaymentWatch(service_id, address, payment_id)
            await self.services.delete_watch(watch, self.services.clock())
            log.info("watch deleted", service_id=service_id, address=address, payment_id=payment_id)
        else:
            await _known(self, service_id)
        self.answer({})

    def _sent(self, *parts: str) -> dict[str, str]:
        return dict(zip(("service_id", "address", "payment_id"), parts, strict=True))


class Watchers(Handler):
    """`/watchers`."""

    async def get(self) -> None:
        """Answer who watches where at present."""
        self.answer({"watchers": await self.services.watchers(self.services.clock())})


async def _known(handler: Handler, service_id: str) -> Service:
    service = await handler.services.service(service_id) if is_text(service_id) else None
    if service is None:
        raise ServiceNotFound("no service with that id")
    return service


def _as_value(service: Service) -> dict[str, Any]:
    """The service as clients see it; `service_id` is what the path calls it."""
    return {
        "id": service.id,
        "service_id": service.id,
        "callback": service.callback,
        "wallet_addresses": service.wallet_addresses,
    }


ROUTES = [
    (r"/services", AllServices),
    (SERVICE_PATH, OneService),
    (r"/services/([^/]+)/watchers/([^/]+)/payments/([^/]+)", OneWatch),
    (r"/watchers", Watchers),
]
_WATCH_PATH = "/services/{service_id}/watchers/{address}/payments/{payment_id}"
OPERATIONS: Operations = {
    ("GET", "/services"): Operation(
        "All services", answers={200: Answer("All of them.", ServicesSchema)}, errors=(Unavailable,)
    ),
    ("GET", "/services/{service_id}"): Operation(
        "One service",
        path=ServicePath,
        answers={200: Answer("The service.", ServiceAnswerSchema)},
        errors=(ServiceNotFound, Unavailable),
    ),
    ("PUT", "/services/{service_id}"): Operation(
        "Have a service told of all payments at its addresses",
        description="It takes the place of what it was.",
        path=ServicePath,
        body=NewServiceSchema,
        answers={200: Answer("The service.", ServiceAnswerSchema)},
        errors=(Unavailable,),
        tells={"payment": (PaymentSeen,)},
    ),
    ("DELETE", "/services/{service_id}"): Operation(
        "Delete a service and all that it watches",
        path=ServicePath,
        answers={200: Answer("What it was.", ServiceAnswerSchema)},
        errors=(ServiceNotFound, Unavailable),
    ),
    ("PUT", _WATCH_PATH): Operation(
        "Have a service told of the payments with this id at this address, for some time",
        path=PaymentWatchSchema,
        answers={200: Answer("It is watched.", NothingSchema)},
        errors=(ServiceNotFound, Unavailable),
    ),
    ("DELETE", _WATCH_PATH): Operation(
        "Watch them no more",
        path=PaymentWatchSchema,
        answers={200: Answer("It is not watched.", NothingSchema)},
        errors=(ServiceNotFound, Unavailable),
    ),
    ("GET", "/watchers"): Operation(
        "Who watches which address", answers={200: Answer("By address.", WatchersSchema)}, errors=(Unavailable,)
    ),
}
