"""The hosts that may be called back, for the fields of schemas: they belong to the application that is asked."""

from contextvars import ContextVar

from kinpay_server.domain.allowed_hosts import AllowedHosts

allowed_hosts: ContextVar[AllowedHosts] = ContextVar("allowed_hosts", default=AllowedHosts())  # noqa: B039 - frozen
"""Set for each request, by `base.Handler`."""
