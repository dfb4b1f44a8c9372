"""Where `kinpay generate-funding-address` has its seed from, and where it puts a new one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kinpay_server.commands.private_files import is_there, put_aside, write_private
from kinpay_server.commands.seeds import seed_in
from kinpay_server.services.refusals import Refused

if TYPE_CHECKING:
    from kinpay_server.config import Settings

Step = tuple[str, str]


@dataclass(frozen=True, slots=True)
class FoundSeed:
    """The seed, its file (None when the configuration holds it), and what was done, for people. Never shown whole."""

    seed: str
    path: Path | None
    steps: tuple[Step, ...]

    def __repr__(self) -> str:
        """Without the seed."""
        return f"FoundSeed({self.path})"


def find_or_make(settings: Settings, secret_file: Path | None, *, resume: bool, overwrite: bool) -> FoundSeed:
    """The seed of the secret file, which is made if it is not there. On disk before anybody gives its account anything.

    Raises `Refused`.
    """
    path, steps = secret_file or settings.stellar.base_seed_file, []
    if path is None and settings.stellar.base_seed:
        return _configured(settings.stellar.base_seed, overwrite=overwrite)
    path = path or Path("root.seed")
    if is_there(path) and overwrite:
        steps.append(("secret", f"the former key is in {put_aside(path)} now"))
    if is_there(path):
        return _found(path)
    if resume:
        raise Refused(f"there is no {path} to go on with")
    return _made(path, steps)


def _configured(seed: str, *, overwrite: bool) -> FoundSeed:
    from kinpay_server.ledger.root_key import address_of

    if overwrite:
        raise Refused("the configuration itself holds the seed: name a --secret-file for a new one")
    return FoundSeed(seed, None, (("secret", "that of the configuration"), ("address", address_of(seed))))


def _found(path: Path) -> FoundSeed:
    from kinpay_server.ledger.root_key import address_of

    seed = seed_in(path)
    return FoundSeed(seed, path, (("secret", f"{path} was there already: its key is used"), _address(address_of(seed))))


def _made(path: Path, steps: list[Step]) -> FoundSeed:
    from kinpay_server.ledger.root_key import address_of, new_seed

    seed = new_seed()
    write_private(path, f"{seed}\n")
    made = ("secret", f"a new key, in {path} (mode 0600); keep a copy somewhere safe")
    return FoundSeed(seed, path, (*steps, made, _address(address_of(seed))))


def _address(address: str) -> Step:
    return "address", address
