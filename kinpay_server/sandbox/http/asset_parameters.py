"""Assets in query parameters: CODE:ISSUER, or type, code and issuer apart; with Horizon's words for what is wrong."""

import re

from ..core.addresses import key_of
from ..core.assets import NATIVE, Asset
from ..horizon.problems import Problem, bad_request
from .parameters import Query, account_id
from .strkeys import wrong_strkey

TYPES = ("native", "credit_alphanum4", "credit_alphanum12")
_CODE = re.compile(r"[0-9A-Za-z]{1,12}\Z")
_FORM = 'Asset must be the string "native" or a string of the form "Code:IssuerAccountID" for issued assets.'
_TYPE = "Asset type must be native, credit_alphanum4 or credit_alphanum12"


def is_code(text: str) -> bool:
    """1 to 12 letters and digits."""
    return _CODE.match(text) is not None


def is_account(text: str) -> bool:
    """Whether it is an account id."""
    try:
        key_of(text)
    except Exception:
        return False
    return True


def asset_of(text: str, field: str = "asset") -> Asset:
    """CODE:ISSUER or native."""
    if text.lower() == "native":
        return NATIVE
    code, _, issuer = text.partition(":")
    if not is_code(code) or not is_account(issuer):
        raise bad_request(field, _FORM)
    return Asset(code, key_of(issuer))


def assets_of(text: str, field: str) -> list[Asset]:
    """Several of them with commas between; none if the text is empty."""
    return [_one_of(part, field) for part in text.split(",")] if text else []


def _one_of(text: str, field: str) -> Asset:
    if text.lower() == "native":
        return NATIVE
    parts = text.split(":")
    if len(parts) != 2:
        raise bad_request(field, f"{text} is not a valid asset")
    if not is_code(parts[0]):
        raise bad_request(field, f"{text} is not a valid asset, it contains an invalid asset code")
    if not is_account(parts[1]):
        raise bad_request(field, f"{text} is not a valid asset, it contains an invalid issuer")
    return Asset(parts[0], key_of(parts[1]))


def asset_or_type(query: Query, name: str) -> Asset | None:
    """An asset of an offer: as `name`, or as `name`_asset_type and so on; None if it is not named."""
    kind, text = query.get(f"{name}_asset_type", ""), query.get(name, "")
    if kind and text:
        raise bad_request(
            f"{name}_asset_type",
            f"Ambiguous parameter, you can't include both `{name}` and `{name}_asset_type`. "
            f"Remove all parameters of the form `{name}_`",
        )
    check_three(query, f"{name}_")
    if text == "native":
        return NATIVE
    if text:
        return _canonical(text, name)
    return three(query, f"{name}_") if kind else None


def _canonical(text: str, field: str) -> Asset:
    parts = text.split(":")
    if len(parts) != 2:
        raise bad_request(field, "missing colon")
    reason = wrong_strkey(parts[1])
    if reason:
        raise bad_request(field, reason)
    if not 1 <= len(parts[0]) <= 12:
        raise bad_request(field, "Asset code length is invalid")
    return Asset(parts[0], key_of(parts[1]))


def check_three(query: Query, prefix: str) -> None:
    """A problem unless type, code and issuer go together."""
    kind, code, issuer = (query.get(f"{prefix}asset_{part}", "") for part in ("type", "code", "issuer"))
    if not kind:
        if code or issuer:
            raise bad_request(f"{prefix}asset_type", "Missing parameter")
        return
    if kind not in TYPES:
        raise bad_request(f"{prefix}asset_type", _unknown_type(four=True))
    if kind == "native":
        if code:
            raise bad_request(f"{prefix}asset_code", "native asset does not have a code")
        if issuer:
            raise bad_request(f"{prefix}asset_issuer", "native asset does not have an issuer")
        return
    if not 1 <= len(code) <= (4 if kind == TYPES[1] else 12):
        raise bad_request(f"{prefix}asset_code", "Asset code must be 1-12 alphanumeric characters")
    if not issuer:
        raise bad_request(f"{prefix}asset_issuer", "Missing parameter")


def check_forms(query: Query, prefix: str, *, required: bool = False) -> None:
    """A problem if the type is none that there is, or the issuer no account."""
    kind, issuer = query.get(f"{prefix}asset_type", ""), query.get(f"{prefix}asset_issuer", "")
    if required and not kind:
        raise bad_request(f"{prefix}asset_type", "non zero value required")
    if kind and kind not in TYPES:
        raise bad_request(f"{prefix}asset_type", _TYPE)
    if issuer:
        account_id(issuer, f"{prefix}asset_issuer")


def three(query: Query, prefix: str) -> Asset:
    """The asset of type, code and issuer; ValueError with Horizon's reason if there is no such asset."""
    kind, code, issuer = (query.get(f"{prefix}asset_{part}", "") for part in ("type", "code", "issuer"))
    if kind not in TYPES:
        raise ValueError(_unknown_type(four=False))
    if kind == "native":
        return NATIVE
    reason = wrong_strkey(issuer)
    if reason:
        raise ValueError(reason)
    if not 1 <= len(code) <= 12:
        raise ValueError("Asset code length is invalid")
    return Asset(code, key_of(issuer))


def book_side(query: Query, prefix: str) -> Asset:
    """An asset of an order book: whatever is wrong is the same problem."""
    kind, code, issuer = (query.get(f"{prefix}asset_{part}", "") for part in ("type", "code", "issuer"))
    if kind == "native":
        return NATIVE
    if kind not in TYPES or not is_account(issuer) or len(code) > (4 if kind == TYPES[1] else 12):
        raise invalid_order_book()
    return Asset(code, key_of(issuer))


def invalid_order_book() -> Problem:
    """400: /order_book wants two assets and perhaps a limit."""
    return Problem(
        400,
        "invalid_order_book",
        "Invalid Order Book Parameters",
        "The parameters that specify what order book to view are invalid in some way. Please ensure that your type "
        "parameters (selling_asset_type and buying_asset_type) are one the following valid values: native, "
        "credit_alphanum4, credit_alphanum12.  Also ensure that you have specified selling_asset_code and "
        "selling_asset_issuer if selling_asset_type is not 'native', as well as buying_asset_code and "
        "buying_asset_issuer if buying_asset_type is not 'native'",
    )


def _unknown_type(*, four: bool) -> str:
    names = [*TYPES, "liquidity_pool_shares"] if four else list(TYPES)
    return f"invalid asset type: was not one of {', '.join(repr(name) for name in names)}"
