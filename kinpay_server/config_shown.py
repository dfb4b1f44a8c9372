"""The configuration as an operator may see it: every option with its value, of a secret only whether it is set."""

from __future__ import annotations

from typing import Any

from kinpay_server.config import Settings, options
from kinpay_server.config_values import stroops
from kinpay_server.domain.allowed_hosts import AllowedHosts
from kinpay_server.domain.amount import amount_of
from kinpay_server.masking import masked

ShownSection = dict[str, str]


def shown(settings: Settings) -> dict[str, ShownSection]:
    """Text by section and key, in the order of the table."""
    sections: dict[str, ShownSection] = {}
    for section, key, row in options():
        value = getattr(getattr(settings, section), key)
        if row.secret:
            text = "set" if value else "not set"
        else:
            text = masked(_text(amount_of(value) if row.parse is stroops else value))
        sections.setdefault(section, {})[key] = text
    return sections


def _text(value: Any) -> str:
    if value is None or (isinstance(value, AllowedHosts) and not value.rules):
        return "not set"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, AllowedHosts):
        return f"{len(value.rules)} rules"
    return f"{value:g}" if isinstance(value, float) else f"{value}"
