"""Where option values come from: the INI file, the environment, and a file that holds a secret.

No text of a file gets into an error, as any line of it may hold a secret.
"""

from __future__ import annotations

import configparser
import difflib
import os
import stat
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PREFIX = "KINPAY_"


class ConfigError(Exception):
    """The configuration cannot be used; each line of the text is one problem, and none of them holds a secret."""


class FileProblem(Exception):
    """What is wrong with a file, as the end of a sentence that begins with its name."""


@dataclass(frozen=True)
class Given:
    """The text of one value, what to call the place that it came from, and the folder where its paths start."""

    text: str
    origin: str
    folder: Path


def from_file(path: Path, known: Collection[tuple[str, str]], problems: list[str]) -> dict[tuple[str, str], Given]:
    """The known (section, key) pairs of the file; what is unknown goes into `problems`. Raises ConfigError."""
    sections = list(dict.fromkeys(section for section, _ in known))
    given = {}
    for section, items in _read_ini(path).items():
        if section not in sections:
            problems.append(f"{path}: unknown section [{section}]{_nearest(section, sections)}")
            continue
        for key, text in items.items():
            if (section, key) in known:
                given[section, key] = Given(text, str(path), path.parent)
            else:
                problems.append(f"{path}: [{section}] has no option {key!r}{_where(section, key, known)}")
    return given


def from_environment(
    environ: Mapping[str, str], known: Mapping[tuple[str, str], Sequence[str]], problems: list[str]
) -> dict[tuple[str, str], Given]:
    """The options that the environment sets, by the first of their names that is not empty there."""
    given = {}
    for option, names in known.items():
        for name in reversed([name for name in names if environ.get(name)]):
            given[option] = Given(environ[name], f"environment variable {name}", Path())
    ours = [name for names in known.values() for name in names if name.startswith(PREFIX)]
    for name in sorted(name for name in environ if name.startswith(PREFIX) and name not in ours):
        problems.append(f"environment variable {name} is no option of kinpay{_nearest(name, ours)}")
    return given


def read_private(path: Path) -> str:
    """What a file that only its owner may read holds; raises FileProblem."""
    try:
        _check_private(path.stat())
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise FileProblem("is not UTF-8 text: expected one secret seed") from None
    except OSError as error:
        raise FileProblem(f"cannot be read: {error.strerror}") from None


def _check_private(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise FileProblem("is no file: expected a file that holds one secret seed")
    if status.st_mode & 0o077:
        mode = stat.S_IMODE(status.st_mode)
        raise FileProblem(f"has mode {mode:04o}, so others may use it: expected 0600 or stricter (chmod 600)")


def _read_ini(path: Path) -> dict[str, dict[str, str]]:
    parser = configparser.ConfigParser(interpolation=None, default_section="\0", delimiters=("=",))
    try:
        parser.read_string(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8 text") from None
    except configparser.Error as error:
        raise ConfigError(f"{path}: {_syntax_problem(error)}") from None
    return {name: dict(parser[name]) for name in parser.sections()}


def _syntax_problem(error: configparser.Error) -> str:
    if isinstance(error, configparser.DuplicateOptionError):
        return f"line {error.lineno}: [{error.section}] {error.option} is given twice"
    if isinstance(error, configparser.DuplicateSectionError):
        return f"line {error.lineno}: section [{error.section}] is there twice"
    if isinstance(error, configparser.MissingSectionHeaderError):
        return f"line {error.lineno}: expected a section like [server] before the first option"
    if isinstance(error, configparser.ParsingError):
        return f"line {error.errors[0][0]}: expected `option = value`, a [section] or a # comment"
    return "is not an INI file"


def _where(section: str, key: str, known: Collection[tuple[str, str]]) -> str:
    """What was probably meant: the same name in another section, or the nearest one in this."""
    others = [other for other, name in known if name == key]
    if others:
        return f"; it belongs in [{others[0]}]"
    return _nearest(key, [name for other, name in known if other == section])


def _nearest(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; expected one of: {', '.join(known)}"
