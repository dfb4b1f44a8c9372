"""`kinpay callbacks` finds a callback by its id, or by the beginning of it that a terminal shows."""

from tests.commands.operator import Operator
from tests.storage.conftest import Stores

BODY = '{"object":"payment"}'


def write(stores: Stores, *ids: str, state: str = "dead", error: str | None = None, reason: str | None = None) -> None:
    """Callbacks, each a millisecond younger than the one before."""
    for age, one in enumerate(ids):
        stores.change(
            "INSERT INTO callbacks "
            "(id, receiver, url, body, state, tries, next_try_at, give_up_at, last_error, reason, created_at, "
            "updated_at) VALUES (?, 'http://r:80', 'http://r/', CAST(? AS BLOB), ?, 9, 0, 0, ?, ?, ?, 0)",
            *(one, BODY, state, error, reason, age),
        )


def test_the_newest_are_listed_first_and_the_dead_alone_if_asked_for(alone: Operator, stores: Stores) -> None:
    write(stores, "one", "two")
    write(stores, "three", state="waiting")
    listed = {flag: alone.json("callbacks", "list", *flag)["callbacks"] for flag in ((), ("--dead",))}
    assert [one["id"] for one in listed[()]] == ["three", "two", "one"]
    assert [one["id"] for one in listed[("--dead",)]] == ["two", "one"]


def test_one_is_found_by_the_beginning_of_its_id_also_as_it_was_cut_off(alone: Operator, stores: Stores) -> None:
    write(stores, "payment-aa11", "payment-bb22")
    for beginning in ("payment-aa11", "payment-a", "payment-aa…"):
        assert alone.json("callbacks", "show", beginning)["id"] == "payment-aa11"


def test_a_beginning_of_several_ids_names_none_of_them_but_an_id_does(alone: Operator, stores: Stores) -> None:
    write(stores, "payment-aa", "payment-aa11", "payment-aa22")
    assert "more than one" in alone.refuses("callbacks", "show", "payment-a")
    assert "more than one" in alone.refuses("callbacks", "replay", "payment-a")
    assert alone.json("callbacks", "show", "payment-aa")["id"] == "payment-aa"
    assert stores.value("SELECT count(*) FROM callbacks WHERE state = 'dead'") == 3


def test_what_begins_no_id_finds_none(alone: Operator, stores: Stores) -> None:
    write(stores, "payment-aa")
    for beginning in ("payment-ab", "payment-_", "…", ""):
        assert "no callback" in alone.refuses("callbacks", "show", beginning)
        assert "no callback" in alone.refuses("callbacks", "replay", beginning)


def test_one_is_sent_again_and_the_others_are_left(alone: Operator, stores: Stores) -> None:
    write(stores, "payment-aa", "payment-bb")
    assert "1 callback is due now" in alone.says("callbacks", "replay", "payment-b")
    assert stores.rows("SELECT id FROM callbacks WHERE state = 'waiting' AND tries = 0") == [("payment-bb",)]
    assert "1 callback is due now" in alone.says("callbacks", "replay", "--all-dead")
    assert stores.value("SELECT count(*) FROM callbacks WHERE state = 'waiting'") == 2


def test_one_that_was_withdrawn_is_shown_with_its_reason_and_never_sent_again(alone: Operator, stores: Stores) -> None:
    write(stores, "payment-aa", state="withdrawn", reason="posted again")
    assert "posted again" in alone.sees("callbacks", "list", columns=200)
    assert "posted again" in alone.says("callbacks", "show", "payment-a")
    assert "posted again" in alone.refuses("callbacks", "replay", "payment-a")
    assert "0 callbacks are due" in alone.says("callbacks", "replay", "--all-dead")
    assert stores.value("SELECT state FROM callbacks") == "withdrawn"


def test_what_a_receiver_answered_cannot_steer_the_terminal(alone: Operator, stores: Stores) -> None:
    write(stores, "payment-aa", error="\x1b]0;owned\x07")
    for command in (("list",), ("show", "payment-aa")):
        seen = alone.sees("callbacks", *command, columns=200)
        assert "\x1b]0" not in seen
        assert "\\x1b]0;owned\\x07" in seen


def test_neither_an_id_nor_all_dead_is_wrong_usage(alone: Operator) -> None:
    assert "--all-dead" in alone.refuses("callbacks", "replay", status=2)
