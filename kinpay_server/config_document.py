"""The text of `docs/configuration.md`, from the table of options: `python -m kinpay_server.config_document`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from kinpay_server import config
from kinpay_server.config import SECTIONS, Option, env_names

HEAD = """\
# Configuration

One INI file, named by `-c FILE`; `config.example.ini` is one to start from, `kinpay check -c FILE` says what is wrong
with yours. The environment variable beside an option wins over the file, the first of two over the second; an empty one
counts as not set. Without `-c` everything comes from the environment.

What is unknown or wrong stops the start, with a sentence for each mistake: the file or variable, section and option,
the value (a secret's is never shown), and what is expected. Blank lines and lines that begin with `#` are skipped;
there are no comments behind a value, and `%` means nothing special.

<!-- Written by `python -m kinpay_server.config_document`; a test compares. -->
"""


def document() -> str:
    """All of it."""
    return "\n".join([HEAD, *(line for section in SECTIONS for line in _section(section))])


def _section(name: str) -> Iterator[str]:
    yield from (f"## [{name}]", "", "| option | default | |", "|---|---|---|")
    for section, key, row in config.options():
        if section == name:
            variables = ", ".join(f"`{variable}`" for variable in env_names(section, key, row))
            yield f"| `{key}` | {_default(row)} | {row.explanation}<br>{variables} |"
    yield ""


def _default(row: Option) -> str:
    if row.default is None:
        return "required" if row.required else "none"
    return f"`{row.default}`" if row.default else "none"


if __name__ == "__main__":
    sys.stdout.write(document())
