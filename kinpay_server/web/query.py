"""Reading a query string."""

from collections.abc import Mapping, Sequence

from marshmallow import Schema

from kinpay_server.web.schemas import invalid


def read_query(arguments: Mapping[str, Sequence[bytes]], schema: Schema) -> dict[str, str]:
    """The parameters that the schema knows; of a repeated one the last. An empty one counts as left out.

    Raises `InvalidRequest` for a value that is not UTF-8.
    """
    names = [field.data_key or name for name, field in schema.load_fields.items()]
    sent = {name: _text(name, arguments[name][-1]) for name in names if name in arguments}
    return {name: value for name, value in sent.items() if value}


def _text(name: str, value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise invalid({name: ["must be UTF-8"]}) from None
