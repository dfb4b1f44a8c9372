"""Commands of the operator while the service runs on the same database: what is allowed and what is refused."""

import pytest
from stellar_sdk import Keypair

from kinpay_server.demo.network import Network
from tests.commands.operator import Operator
from tests.system.clients import wait_until
from tests.system.conftest import Kinpay, Told
from tests.system.payers import EACH, Payer
from tests.system.test_killed_commands import HELD_PAYMENT, HELD_WALLET
from tests.system.verdict import assert_paid_once, wait_until_told

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_what_an_operator_does_while_it_runs_takes_effect_and_disturbs_nothing(
    network: Network, root: Keypair, kinpay: Kinpay, told: Told
) -> None:
    operator, payer, new = (
        Operator(kinpay.folder, kinpay.config),
        Payer(network, root, told),
        Keypair.random().public_key,
    )
    with kinpay.serving() as (_, url):
        payer.posts(url)
        assert "2 channels are open" in operator.says("channels", "create", "2")
        payer.posts_all_until_they_are_told(url)
        wait_until(lambda: not kinpay.rows("SELECT 1 FROM channels WHERE state <> 'free'"))
        assert "channel 0 is retired" in operator.says("channels", "retire", "0")
        kinpay.rows(HELD_PAYMENT, payer.wallet, told.receiver.url)
        kinpay.rows(HELD_WALLET, new, new, told.receiver.url)
        operator.says("payments", "retry", "held")
        operator.says("wallets", "retry", new)
        wait_until_told(told, ["held", new])
        kinpay.rows("UPDATE callbacks SET state = 'dead'")
        told.states.clear()
        assert f"{EACH + 2} callbacks are due" in operator.says("callbacks", "replay", "--all-dead")
        wait_until_told(told, [*payer.ids, "held", new])
        assert f"{EACH + 1} payments" in operator.says("backup", "copy.db")
        assert "no difference" in operator.says("reconcile")
        assert "there is no gap" in operator.says("reconcile", "--accept-gap")
    assert_paid_once(network, root.public_key, [*payer.ids, "held"])


def test_what_wants_the_database_for_itself_is_refused_while_it_runs(network: Network, kinpay: Kinpay) -> None:
    operator = Operator(kinpay.folder, kinpay.config)
    with kinpay.serving():
        for command in (("db", "upgrade"), ("reconcile", "--from-archive-gap", network.horizon_url)):
            said = operator.refuses(*command)
            assert "another kinpay serves" in said
            assert "stop it first" in said
        assert "another kinpay serves" in operator.refuses("serve")
