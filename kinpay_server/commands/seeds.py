"""The secret file of the root account."""

from pathlib import Path

from kinpay_server.config_sources import FileProblem, read_private
from kinpay_server.config_values import secret_seed
from kinpay_server.services.refusals import Refused


def seed_in(path: Path) -> str:
    """The seed in a file that only its owner may read. Raises `Refused`, which does not hold it."""
    try:
        return secret_seed(read_private(path))
    except FileProblem as problem:
        raise Refused(f"{path} {problem}") from None
    except ValueError as expected:
        raise Refused(f"{path} holds something else: expected {expected}") from None
