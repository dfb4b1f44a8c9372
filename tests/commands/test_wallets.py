"""`kinpay wallets`, on the database of a service that does not run."""

import json

from stellar_sdk import Keypair

from tests.commands.operator import Operator
from tests.storage.conftest import Stores


def write(stores: Stores, status: str, reason: str | None = None, *, app: str = "app") -> str:
    """A wallet; its address."""
    address = Keypair.random().public_key
    stores.change(
        "INSERT INTO wallets (address, app_id, id, request_id, created_at, updated_at, status, reason) "
        "VALUES (?, ?, 'w', 'r', 0, 0, ?, ?)",
        *(address, app, status, reason),
    )
    return address


def test_the_newest_are_listed_first_and_by_status_or_held_if_asked_for(alone: Operator, stores: Stores) -> None:
    created = write(stores, "created")
    on_its_way = write(stores, "submitted")
    held = write(stores, "submitted", "held: op_strange")

    def listed(*flags: str) -> list[str]:
        return [one["wallet_address"] for one in alone.json("wallets", "list", *flags)["wallets"]]

    assert listed() == [held, on_its_way, created]
    assert listed("--status", "submitted") == [held, on_its_way]
    assert listed("--held") == [held]
    assert listed("--limit", "1") == [held]


def test_a_held_one_is_shown_with_what_to_do_and_named_by_check(alone: Operator, stores: Stores) -> None:
    held = write(stores, "submitted", "held: op_strange")
    said = alone.says("wallets", "show", held)
    assert f"`kinpay wallets retry {held}`" in said
    assert alone.json("wallets", "show", held)["held"] is True
    findings = {one["what"]: one for one in _check(alone)}
    assert findings["wallets"]["ok"] is False
    assert held in findings["wallets"]["found"]


def test_one_is_not_tried_again_while_horizon_cannot_be_asked(alone: Operator, stores: Stores) -> None:
    held = write(stores, "submitted", "held: op_strange")
    assert "Horizon does not tell" in alone.refuses("wallets", "retry", held)
    assert stores.value("SELECT status FROM wallets") == "submitted"


def test_an_address_that_was_never_posted_is_one_sentence(alone: Operator) -> None:
    for command in ("show", "retry"):
        assert "was posted here" in alone.refuses("wallets", command, Keypair.random().public_key)


def test_what_an_app_called_itself_cannot_steer_the_terminal(alone: Operator, stores: Stores) -> None:
    address = write(stores, "created", app="\x1b[2Jshop")
    for command in (("list",), ("show", address)):
        seen = alone.sees("wallets", *command, columns=120)
        assert "\x1b[2J" not in seen
        assert "\\x1b[2Jshop" in seen


def _check(alone: Operator) -> list[dict[str, object]]:
    done = alone.run("check", "--json")
    assert done.returncode == 1
    found: list[dict[str, object]] = json.loads(done.stdout)["findings"]
    return found
