"""Changes of state as the domain's tables allow them: conditional updates get their conditions from here.

They are made once, when the statements are. A state is written out in the condition, as the partial indexes have it.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import Column, ColumnElement, literal_column

State = TypeVar("State", bound=StrEnum)
Table = Mapping[State, frozenset[State]]


def moves(column: Column[Any], before: State, after: State, *, table: Table[State]) -> ColumnElement[bool]:
    """True for rows that are `before`. Raises `ValueError` unless such a row may come to be `after`."""
    if after not in table[before]:
        raise ValueError(f"what is {before} never becomes {after}")
    return column == _literal(before)


def becomes(column: Column[Any], after: State, *, table: Table[State]) -> ColumnElement[bool]:
    """True for rows that may come to be `after`. Raises `ValueError` when none ever does."""
    before = [state for state, allowed in table.items() if after in allowed]
    if not before:
        raise ValueError(f"nothing ever becomes {after}")
    return column.in_([_literal(state) for state in before])


def _literal(state: StrEnum) -> ColumnElement[str]:
    return literal_column(f"'{state.value}'")
