"""A rule that is broken on purpose: as data."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


class DoesNotApply(Exception):
    """The text that is to be changed does not stand in its module exactly once."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """`rule` in a sentence; `at` is the file (below `kinpay_server`, or of `migrations`), without its `.py`.

    `before` is what stands there, `after` what breaks the rule. `tests` are node ids below `tests`, without
    parameters: each of them must fail.
    """

    rule: str
    at: str
    before: str
    after: str
    tests: tuple[str, ...]

    @property
    def file(self) -> Path:
        """Where it stands."""
        return (ROOT if self.at.startswith("migrations/") else ROOT / "kinpay_server") / f"{self.at}.py"

    def source(self) -> str:
        """The whole file, changed. Raises `DoesNotApply`."""
        source = self.file.read_text()
        if source.count(self.before) != 1:
            raise DoesNotApply(f"{self.before!r} stands {source.count(self.before)} times in {self.at}, not once")
        return source.replace(self.before, self.after)


def breaks(rule: str, at: str, before: str, after: str, *tests: str) -> Mutation:
    """A mutation, as the lists write it."""
    return Mutation(rule, at, before, after, tests)
