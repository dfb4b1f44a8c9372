"""Compares an answer with a recorded one, in which values that differ from run to run are names.

A string `<name>` stands for a string, `<#name>` for a number. Names are told by a `Teller`; those that it does not
know (`<time ?1>`, `<xdr>`) stand for anything of their kind.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from stellar_sdk import xdr

Teller = Callable[[str], str | None]
NAME = re.compile(r"<#?([^<>]+)>")
KINDS = {
    "account": r"[GM][A-Z2-7]+",
    "hash": r"[0-9a-f]{64}",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "xdr": r"[A-Za-z0-9+/= ]*",
    "signature": r"[A-Za-z0-9+/=]+",
    "count": r"\d+(?:\.\d{7})?",
    "fee": r"\d+(?:\.\d+)?",
    "version": r".+",
    "present": r".+",
}
"""What a name that nobody knows stands for, by its first word; all others are numbers."""
NUMBER = r"-?\d+"
PADDED = re.compile(r"\b0*(\d{10,})-0*(\d+)\b")
"""The id of an effect, which Horizon fills up with zeros; the recording does not."""
DECODED = " (decoded)"


def differences(wanted: Any, got: Any, tell: Teller, path: str = "") -> Iterator[str]:
    """What differs, a line each."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        results = {key: key.removesuffix(DECODED) for key in wanted if key.endswith(DECODED)}
        got = got | {key: decoded(got[name]) for key, name in results.items() if name in got}
        for key in {**wanted, **got}:
            if key not in wanted or key not in got:
                yield f"{path}.{key}: {'not wanted' if key not in wanted else 'missing'}"
            elif key == "signers":
                yield from _signers(wanted[key], got[key], tell, f"{path}.signers")
            else:
                yield from differences(wanted[key], got[key], tell, f"{path}.{key}")
    elif isinstance(wanted, list) and isinstance(got, list):
        if len(wanted) != len(got):
            yield f"{path}: {len(wanted)} wanted, {len(got)} there"
        for index, (one, other) in enumerate(zip(wanted, got, strict=False)):
            yield from differences(one, other, tell, f"{path}[{index}]")
    elif not same(wanted, got, tell):
        yield f"{path}: {wanted!r} wanted, {got!r} there"


def _signers(wanted: list[Any], got: list[Any], tell: Teller, path: str) -> Iterator[str]:
    """Their order is that of keys, which differ from run to run."""
    left = list(got)
    for signer in wanted:
        fitting = [other for other in left if not list(differences(signer, other, tell))]
        if fitting:
            left.remove(fitting[0])
        else:
            yield f"{path}: {signer!r} is missing"
    yield from (f"{path}: {signer!r} is not wanted" for signer in left)


def same(wanted: Any, got: Any, tell: Teller) -> bool:
    """Whether a single value is what was recorded."""
    if isinstance(wanted, str) and wanted.startswith("<#") and isinstance(got, int):
        return not isinstance(got, bool) and pattern(wanted, tell).fullmatch(str(got)) is not None
    if type(wanted) is not type(got):
        return False
    if wanted == got or not isinstance(wanted, str):
        return bool(wanted == got)
    return pattern(wanted, tell).fullmatch(PADDED.sub(r"\1-\2", got)) is not None


def pattern(wanted: str, tell: Teller) -> re.Pattern[str]:
    """A regular expression for all texts that the recorded one stands for; a group for each unknown name."""
    parts, at = [], 0
    for found in NAME.finditer(wanted):
        known = tell(found[1])
        parts.append(re.escape(wanted[at : found.start()]))
        parts.append(re.escape(known) if known is not None else f"({KINDS.get(_kind(found[1]), NUMBER)})")
        at = found.end()
    return re.compile("".join(parts) + re.escape(wanted[at:]), re.DOTALL)


def _kind(name: str) -> str:
    if name.startswith("envelope"):
        return "xdr"
    return name.split(" ")[0] if not name.startswith("unix time") else "number"


def decoded(text: str) -> dict[str, Any]:
    """A TransactionResult in words."""
    parsed = xdr.TransactionResult.from_xdr(text)
    return {"fee_charged": parsed.fee_charged.int64, **_words(parsed.result)}


def _words(part: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"code": part.code.name}
    pair = getattr(part, "inner_result_pair", None)
    if pair is not None:
        found["inner_hash"] = pair.transaction_hash.hash.hex()
        found["inner"] = {"fee_charged": pair.result.fee_charged.int64, **_words(pair.result.result)}
    if part.results is not None:
        found["operations"] = [_operation(result) for result in part.results]
    return found


def _operation(result: xdr.OperationResult) -> str:
    if result.tr is None:
        return result.code.name
    arms = [value for name, value in vars(result.tr).items() if name.endswith("_result") and value is not None]
    return str(arms[0].code.name)
