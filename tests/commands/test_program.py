"""The program itself: help, suggestions, statuses."""

from pathlib import Path

import pytest

from tests.commands.operator import Operator


@pytest.fixture
def nobody(tmp_path: Path) -> Operator:
    """Somebody without any configuration."""
    return Operator(tmp_path)


@pytest.mark.parametrize(
    ("given", "meant"), [(("paymets",), "payments"), (("chekc",), "check"), (("channels", "lst"), "list")]
)
def test_the_nearest_command_is_suggested_for_one_that_is_mistyped(
    nobody: Operator, given: tuple[str, ...], meant: str
) -> None:
    assert f"Did you mean {meant!r}?" in nobody.refuses(*given, status=2)


def test_a_database_that_cannot_be_reached_is_one_sentence(alone: Operator) -> None:
    alone.environment = {"KINPAY_STORAGE_URL": f"sqlite:///{'d' * 300}/kinpay.db"}
    assert "cannot be reached: File name too long" in alone.refuses("payments", "list")
    assert "cannot be reached: File name too long" in alone.refuses("check")
