"""What a client takes, of what there is: the Accept header as Horizon reads it."""

from typing import NamedTuple

HAL, JSON, EVENTS, RAW = "application/hal+json", "application/json", "text/event-stream", "application/octet-stream"
KINDS = (HAL, JSON, EVENTS, RAW)


class _Clause(NamedTuple):
    main: str
    sub: str
    quality: float

    @property
    def rank(self) -> tuple[float, bool, bool]:
        """The best quality first, then what is named over what is left open."""
        return -self.quality, self.main == "*", self.sub == "*"

    def takes(self, kind: str) -> bool:
        """Whether it names this kind."""
        main, _, sub = kind.partition("/")
        return self.main in (main, "*") and self.sub in (sub, "*")


def negotiated(accept: str) -> str:
    """The kind of answer; empty if nothing that there is would do."""
    if not accept:
        return HAL
    clauses = [clause for part in accept.split(",") if (clause := _clause(part)) is not None]
    for clause in sorted(clauses, key=lambda clause: clause.rank):
        for kind in KINDS:
            if clause.takes(kind):
                return kind
    return ""


def _clause(text: str) -> _Clause | None:
    name, *parameters = (part.strip() for part in text.split(";"))
    main, slash, sub = name.partition("/")
    if name == "*":
        main, slash, sub = "*", "/", "*"
    if not slash or "/" in sub:
        return None
    return _Clause(main.strip(), sub.strip(), _quality(parameters))


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 1.0
    return 1.0
