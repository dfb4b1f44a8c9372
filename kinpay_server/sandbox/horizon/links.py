"""Links of HAL documents."""

from typing import Any

Link = dict[str, Any]


def link(href: str) -> Link:
    """A plain link."""
    return {"href": href}


def template(href: str) -> Link:
    """A link with parameters to fill in."""
    return {"href": href, "templated": True}


def paged(href: str) -> Link:
    """A link to a list."""
    return template(href + "{?cursor,limit,order}")
