"""How the service is, and with which network and asset it works."""

from kinpay_server.domain.errors import Unavailable
from kinpay_server.web.answers import PublicConfigSchema, StatusSchema, UnwellSchema
from kinpay_server.web.base import Handler
from kinpay_server.web.operations import Answer, Operation, Operations


class Status(Handler):
    """`/status`, for everybody: what watches over the service needs no token."""

    public = True

    def get(self) -> None:
        """Answer the report; 503 when the service cannot do its work, with the code of that error beside it."""
        report = self.services.status()
        if report.healthy:
            self.answer(report.as_value())
        else:
            self.answer({"code": Unavailable.code, "error": Unavailable.title} | report.as_value(), status=503)


class Config(Handler):
    """`/config`."""

    def get(self) -> None:
        """Answer what a client has to know to use the same network and asset."""
        self.answer(dict(self.services.public_config))


ROUTES = [
    (r"/status", Status),
    (r"/config", Config),
]
OPERATIONS: Operations = {
    ("GET", "/status"): Operation(
        "How the service is",
        answers={200: Answer("It does its work.", StatusSchema), 503: Answer("Payments wait.", UnwellSchema)},
        public=True,
    ),
    ("GET", "/config"): Operation(
        "Network and asset", answers={200: Answer("What a client has to know.", PublicConfigSchema)}
    ),
}
