"""What a check finds: one line for each thing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, whether it is well, what was found, and, when it is not well, what to do."""

    what: str
    ok: bool
    found: str
    to_do: str = ""


def good(what: str, found: str) -> Finding:
    """It is well."""
    return Finding(what, ok=True, found=found)


def bad(what: str, found: str, to_do: str) -> Finding:
    """It is not well."""
    return Finding(what, ok=False, found=found, to_do=to_do)
