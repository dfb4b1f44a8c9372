"""Who may call, who may be called, how receivers know us: what is taken, and that refusals tell no secret."""

import base64
import secrets
from pathlib import Path

import pytest

from kinpay_server.config_access import api_tokens, signing_keys
from tests.test_config import OLD_INSTALL, env, ini, load, refusal

TOKEN = secrets.token_urlsafe(24)


def whsec(size: int) -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(size)).decode()


def test_tokens_have_names_and_are_separated_by_blanks_or_lines(tmp_path: Path) -> None:
    text = f"[security]\napi_tokens = shop:{TOKEN}1 ops-2.x:{TOKEN}:2\n    third:{TOKEN}=3\n"
    assert load(ini(tmp_path, text), OLD_INSTALL).security.api_tokens == {
        "shop": f"{TOKEN}1",
        "ops-2.x": f"{TOKEN}:2",
        "third": f"{TOKEN}=3",
    }


@pytest.mark.parametrize(
    "given",
    [
        *(TOKEN, f":{TOKEN}", f"shop {TOKEN}", "shop:", f"shop:{TOKEN[:15]}", f"a b:{TOKEN}", f"-a:{TOKEN}"),
        *(f"shop:{TOKEN}1 shop:{TOKEN}2", f"shop:{TOKEN} ops:{TOKEN}", f"shop:{TOKEN}é", f"sh/op:{TOKEN}"),
    ],
    ids=lambda _given: "given",
)
def test_other_tokens_are_refused_and_not_shown(given: str) -> None:
    text = refusal(env(KINPAY_SECURITY_API_TOKENS=given))
    assert "[security] api_tokens (value not shown): expected name:token pairs" in text
    assert TOKEN[:15] not in text


def test_a_token_of_16_characters_is_long_enough() -> None:
    assert api_tokens("a:0123456789abcdef") == {"a": "0123456789abcdef"}


def test_wrong_tokens_are_one_problem_and_not_an_exposed_host_beside() -> None:
    text = refusal(env(APP_HOST="0.0.0.0", KINPAY_SECURITY_API_TOKENS="shop"))  # noqa: S104
    assert len(text.splitlines()) == 1


def test_signing_secrets_become_keys() -> None:
    one, two = whsec(24), whsec(64)
    keys = [base64.b64decode(secret.removeprefix("whsec_")) for secret in (one, two)]
    assert list(signing_keys(f" {one}\n{two} ")) == keys
    assert signing_keys("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")[0].hex().startswith("31f290f6bf06298aab4f08d4")


@pytest.mark.parametrize(
    "given",
    [
        *(
            whsec(24)[6:],
            whsec(15),
            whsec(65),
            "whsec_",
            whsec(25)[:-1],
            whsec(24)[:-2],
            whsec(24) + "*",
            "WHSEC_" + "A" * 32,
        ),
        *(f"{whsec(24)},{whsec(24)}", f"{whsec(24)} x"),
    ],
    ids=lambda _given: "given",
)
def test_other_signing_secrets_are_refused_and_not_shown(given: str) -> None:
    text = refusal(env(KINPAY_CALLBACKS_SIGNING_SECRET=given))
    assert "[callbacks] signing_secret (value not shown): expected whsec_ and" in text
    assert given[6:] not in text or not given[6:]


def test_the_same_signing_secret_twice_is_refused() -> None:
    secret = whsec(24)
    assert "expected each signing secret once" in refusal(env(KINPAY_CALLBACKS_SIGNING_SECRET=f"{secret} {secret}"))


def test_settings_do_not_show_secrets() -> None:
    secret = whsec(24)
    environ = env(KINPAY_SECURITY_API_TOKENS=f"shop:{TOKEN}", KINPAY_CALLBACKS_SIGNING_SECRET=secret)
    shown = repr(load(None, environ))
    assert TOKEN not in shown
    assert "signing_secret" not in shown
    assert str(signing_keys(secret)[0]) not in shown
