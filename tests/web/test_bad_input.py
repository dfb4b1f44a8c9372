"""What is malformed is a 400 that names the field and what is allowed; nothing of it is stored."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from stellar_sdk import Keypair, MuxedAccount

KEYS = Keypair.random()
LONG_NUMBER = "9" * 5000


@pytest.fixture(autouse=True)
def nothing_is_stored(store: Any) -> Iterator[None]:
    yield
    assert store.kept == {}


async def refused(api: Any, name: str, value: Any, *also: str) -> Any:
    answer = await api.post(**{name: value})
    assert answer.refuses(4000, name, *also)
    return answer


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "body",
    [b"", b" ", b"{", b"[]", b'"x"', b"1", b"null", b"{}{}", b"{'id': 1}", b'{"id": "a",}', b"\xff", b"\xef\xbb\xbf{}"],
)
async def test_a_body_that_is_no_json_object_is_400_with_code_4001(api: Any, body: bytes) -> None:
    answer = await api.post_body(body)
    assert answer.refuses(4001)
    assert "JSON object in UTF-8" in answer.value["message"]
    assert ("it is empty" in answer.value["message"]) is (body == b"")


@pytest.mark.gen_test
async def test_a_body_in_another_encoding_is_400(api: Any) -> None:
    for encoding in ("utf-16", "utf-16-le", "utf-32", "latin-1"):
        body = json.dumps(api.good | {"id": "é"}, ensure_ascii=False).encode(encoding)
        assert (await api.post_body(body)).refuses(4001)


@pytest.mark.gen_test
async def test_raw_surrogates_are_not_utf8(api: Any) -> None:
    body = json.dumps(api.good | {"id": "\ud800"}, ensure_ascii=False).encode("utf-8", "surrogatepass")
    assert (await api.post_body(body)).refuses(4001)


@pytest.mark.gen_test
async def test_json_that_is_nested_too_deeply_is_400(api: Any) -> None:
    for body in ("[" * 60_000, '{"id":' * 10_000, '{"id":' + "[" * 30_000 + "]" * 30_000 + "}"):
        assert (await api.post_body(body)).refuses(4001)


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "application/jsonp",
        "application/json; charset=latin-1",
        "application/json; charset=utf-16",
        "nonsense",
    ],
)
async def test_a_wrong_content_type_is_400(api: Any, content_type: str) -> None:
    answer = await api.post_body(json.dumps(api.good), content_type=content_type)
    assert answer.refuses(4000, "Content-Type")
    assert answer.value["fields"]["Content-Type"] == ["must be application/json in UTF-8"]


@pytest.mark.gen_test
async def test_all_missing_fields_are_named_together(api: Any) -> None:
    answer = await api.post_body("{}")
    assert answer.refuses(4000, "id", "app_id", "amount", "recipient_address", "callback")
    assert all(said[0].startswith("is required") for said in answer.value["fields"].values())


@pytest.mark.gen_test
async def test_all_wrong_fields_are_named_together(api: Any) -> None:
    answer = await api.post(id="x" * 23, app_id="kik", amount=0, recipient_address="G", callback="x")
    assert answer.refuses(4000, "id", "amount", "recipient_address", "callback")
    answer = await api.post(id="x" * 25, app_id="a-b", amount=0)
    assert answer.refuses(4000, "id", "app_id", "amount")


@pytest.mark.gen_test
@pytest.mark.parametrize("name", ["id", "app_id", "recipient_address", "callback"])
@pytest.mark.parametrize("value", [1, 1.5, True, None, [], {}, ["x"], ""], ids=repr)
async def test_text_of_a_wrong_type_and_empty_text_are_refused(api: Any, name: str, value: Any) -> None:
    await refused(api, name, value)


@pytest.mark.gen_test
@pytest.mark.parametrize("value", [True, False, None, [], {}, ["5"], [5]], ids=repr)
async def test_an_amount_of_a_wrong_type_is_refused(api: Any, value: Any) -> None:
    await refused(api, "amount", value)


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "literal",
    [
        *("0", "0.0", "-0", "-1", "-0.0000001", "1e400", "-1e400", "1e-400", "1e-8"),
        *("0.00000001", "1.12345678", "922337203685.4775808", "922337203686", "9223372036854775808", "1e12"),
        *("1e9999999999999999999999", "1e-9999999999999999999999", "0e9999999999999999999999"),
        *(LONG_NUMBER, "-" + LONG_NUMBER, "0." + LONG_NUMBER, LONG_NUMBER + ".5"),
        *('""', '" 5"', '"5 "', '"+5"', '".5"', '"5."', '"0x5"', '"1_000"', '"1,5"', '"٥"', '"5\\n"', '"05"'),
        *('"NaN"', '"Infinity"', '"-Infinity"', '"inf"', '"1e400"', '"1e9999999999999999999"', f'"{LONG_NUMBER}"'),
    ],
    ids=lambda text: text[:30],
)
async def test_an_amount_that_the_ledger_cannot_hold_is_refused(api: Any, literal: str) -> None:
    answer = await api.post_amount(literal)
    assert answer.refuses(4000, "amount")
    assert "greater than 0 with at most 7 decimals" in answer.value["fields"]["amount"][0]


@pytest.mark.gen_test
@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity"])
async def test_what_is_no_json_number_is_refused_and_its_field_named(api: Any, literal: str) -> None:
    assert (await api.post_amount(literal)).refuses(4001, "amount")


@pytest.mark.gen_test
@pytest.mark.parametrize("literal", ["05", "+5", ".5", "5.", "0x5", "1_000", "nan"])
async def test_what_is_no_json_at_all_is_refused(api: Any, literal: str) -> None:
    assert (await api.post_amount(literal)).refuses(4001)


@pytest.mark.gen_test
async def test_an_address_with_a_wrong_checksum_is_refused(api: Any) -> None:
    right = KEYS.public_key
    for at in (1, 20, 55):
        wrong = right[:at] + ("A" if right[at] != "A" else "B") + right[at + 1 :]
        answer = await refused(api, "recipient_address", wrong)
        assert "checksum" in answer.value["fields"]["recipient_address"][0]


@pytest.mark.gen_test
async def test_an_address_in_another_form_is_refused(api: Any) -> None:
    right = KEYS.public_key
    for wrong in (right.lower(), f" {right}", f"{right}\n", right[:-1], right + "A", right + "=", right[:-1] + "İ"):
        await refused(api, "recipient_address", wrong)


@pytest.mark.gen_test
async def test_a_secret_seed_given_as_address_is_refused_and_never_echoed(api: Any) -> None:
    for seed in (KEYS.secret, f" {KEYS.secret}\n", KEYS.secret.lower()):
        answer = await refused(api, "recipient_address", seed)
        assert "secret seed" in answer.value["fields"]["recipient_address"][0]
        assert KEYS.secret.lower() not in (answer.text + str(list(answer.headers.get_all()))).lower()


@pytest.mark.gen_test
@pytest.mark.parametrize("name", ["id", "app_id", "callback", "amount"])
async def test_a_secret_seed_in_any_other_field_is_not_echoed_either(api: Any, name: str) -> None:
    answer = await refused(api, name, KEYS.secret)
    assert KEYS.secret not in answer.text


@pytest.mark.gen_test
async def test_a_muxed_address_is_refused_by_its_name(api: Any) -> None:
    answer = await refused(api, "recipient_address", MuxedAccount(KEYS.public_key, 7).account_muxed)
    assert "muxed" in answer.value["fields"]["recipient_address"][0]


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("app_id", "payment_id"),
    [("kik", "x" * 23), ("kik", "é" * 12), ("kik", "😀" * 6), ("k" * 24, "ab"), ("é" * 12, "ab"), ("k", "é" * 13)],
)
async def test_a_memo_over_28_bytes_is_refused_naming_the_limit(api: Any, app_id: str, payment_id: str) -> None:
    answer = await api.post(app_id=app_id, id=payment_id)
    assert answer.refuses(4000, "id")
    assert "at most 28 bytes" in answer.value["fields"]["id"][0]


@pytest.mark.gen_test
async def test_an_app_id_that_leaves_no_room_for_an_id_is_refused_naming_the_limit(api: Any) -> None:
    answer = await api.post(app_id="k" * 25)
    assert answer.refuses(4000, "app_id")
    assert "28 bytes" in answer.value["fields"]["app_id"][0]


@pytest.mark.gen_test
async def test_an_app_id_with_a_hyphen_is_refused_naming_the_limit(api: Any) -> None:
    for app_id in ("a-b", "-", "-a", "a-"):
        answer = await refused(api, "app_id", app_id)
        assert "without a hyphen" in answer.value["fields"]["app_id"][0]
        assert "28 bytes" in answer.value["fields"]["app_id"][0]


@pytest.mark.gen_test
@pytest.mark.parametrize("name", ["id", "app_id", "recipient_address", "callback"])
@pytest.mark.parametrize(
    "character",
    ["\x00", "\t", "\n", "\r", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", chr(0xD800), chr(0xDFFF)],
    ids=repr,
)
async def test_control_characters_and_lone_surrogates_are_refused(api: Any, name: str, character: str) -> None:
    for value in (character, "http://a.example/" + character, character + "b"):
        await refused(api, name, value)


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "callback",
    [
        *(
            "x",
            "/x",
            "//a.example/x",
            "a.example/x",
            "http:",
            "http://",
            "http:///x",
            "https:a.example",
            "http:/a.example",
        ),
        *("ftp://a.example", "file:///etc/passwd", "javascript:alert(1)", "httpx://a.example", "mailto:a@a.example"),
        *("http://a b/", "http://a.example/a b", " http://a.example", "http://a.example ", "http://a.example/\xa0"),
        *(
            "http://a.example:0/",
            "http://a.example:65536/",
            "http://a.example:x/",
            "http://a.example:-1",
            "http://:80/",
        ),
        *("http://[::1/", "http://[::g]/", "http://[]/", "http://[1.2.3.4]/", "http://[::1]x/", "http://::1/"),
        *("http://user:password@a.example/", "http://user@a.example/", "http://a.example\\@b.example/"),
        *("http://a..b/", "http://.a/", "http://-a/", "http://a%20b/", "http://a,b/", "http://" + "a" * 254 + "/"),
        *("http://é..b/", "http://" + "é" * 70 + "/", "http://?x", "http://#x"),
        "https://a.example/" + "x" * 2031,
    ],
)
async def test_a_callback_that_is_no_http_url_is_refused(api: Any, callback: str) -> None:
    answer = await refused(api, "callback", callback)
    assert "http or https URL" in answer.value["fields"]["callback"][0]
