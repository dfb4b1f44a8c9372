"""How a route module says what its routes do: by `OPERATIONS` beside its `ROUTES`; `openapi` makes the document of it.

    OPERATIONS: Operations = {
        ("GET", "/things/{id}"): Operation(
            "One thing", path=ThingPath, answers={200: Answer("The thing.", ThingSchema)}, errors=(ThingNotFound,)
        ),
    }

What every operation may answer (`openapi.errors_of`) need not be said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from marshmallow import Schema

from kinpay_server.domain.errors import KinpayError

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is no error. `headers` are the names of those that it has beside the usual ones."""

    description: str
    schema: type[Schema] | None
    content_type: str = JSON


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one route.

    `path`, `query` and `body` are the schemas that validate; `errors` are those of its own; `tells` are the shapes of
    the callbacks that it leads to, by a name. `public` is True when it needs no token.
    """

    summary: str
    answers: Mapping[int, Answer]
    errors: Sequence[type[KinpayError]] = ()
    description: str = ""
    path: type[Schema] | None = None
    query: type[Schema] | None = None
    body: type[Schema] | None = None
    tells: Mapping[str, Sequence[type[Schema]]] = field(default_factory=dict)
    public: bool = False


Operations = Mapping[tuple[str, str], Operation]
"""By method and path, the parts that vary as `{name}`."""
