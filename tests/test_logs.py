"""What a log line looks like, and what is never in one."""

import asyncio
import io
import json
import logging
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from kinpay_server import log_limit, logs
from kinpay_server.masking import HIDDEN

BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
SEED = "S" + "".join(secrets.choice(BASE32) for _ in range(55))
TOKEN = secrets.token_urlsafe(24)


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """A stream that gets all lines, in JSON, at info."""
    root = logging.getLogger()
    before = root.level, list(root.handlers)
    written = io.StringIO()
    logs.configure("info", "json", written)
    yield written
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    structlog.reset_defaults()
    for name in logs.QUIET:
        logging.getLogger(name).setLevel(logging.NOTSET)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_time_level_logger_and_event(stream: io.StringIO) -> None:
    structlog.get_logger("kinpay_server.x").info("payment settled", id="p-1", amount=5)
    (line,) = lines(stream)
    assert datetime.fromisoformat(line.pop("time")).tzinfo == UTC
    assert line == {"level": "info", "logger": "kinpay_server.x", "event": "payment settled", "id": "p-1", "amount": 5}


def test_the_standard_librarys_loggers_go_through_the_same_formatter(stream: io.StringIO) -> None:
    logging.getLogger("huey.consumer").warning("job %s failed", "j-1")
    (line,) = lines(stream)
    assert (line["event"], line["level"], line["logger"]) == ("job j-1 failed", "warning", "huey.consumer")


def test_the_request_id_is_on_the_lines_inside_and_not_on_others(stream: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        structlog.get_logger("a").info("inside")
        logging.getLogger("b").info("inside too")
    structlog.get_logger("a").info("outside")
    assert [line.get("request_id") for line in lines(stream)] == ["r-1", "r-1", None]


def test_tasks_side_by_side_keep_their_own_request_ids(stream: io.StringIO) -> None:
    async def request(name: str) -> None:
        structlog.contextvars.bind_contextvars(request_id=name)
        await asyncio.sleep(0)
        structlog.get_logger("a").info(name)

    async def both() -> None:
        await asyncio.gather(request("r-1"), request("r-2"))

    asyncio.run(both())
    assert [line["request_id"] == line["event"] for line in lines(stream)] == [True, True]


@pytest.mark.parametrize(
    "fields",
    [
        {"address": SEED},
        {"deep": {"list": [1, (SEED,), {SEED}], SEED: 1}},
        {"raw": SEED.encode()},
        {"error": ValueError(SEED)},
        {"text": f"before{SEED}after"},
        {"base_seed": "short and not in Stellar's writing: " + TOKEN},
        {"headers": {"Authorization": TOKEN, "X-Other": "1"}},
        {"text": f"Authorization: Bearer {TOKEN}"},
        {"text": f"{{'Authorization': '{TOKEN}'}}"},
        {"text": f"basic {TOKEN}"},
        {"text": f"Stellar(channel_salt='{TOKEN}')"},
        {"text": f"signing_secret={TOKEN}"},
        {"url": f"postgresql://kinpay:{TOKEN}@db/kinpay"},
    ],
)
def test_no_secret_gets_into_a_line(stream: io.StringIO, fields: dict[str, Any]) -> None:
    structlog.get_logger("a").info("event", **fields)
    assert SEED not in stream.getvalue()
    assert TOKEN not in stream.getvalue()
    assert HIDDEN in stream.getvalue()


def test_no_secret_gets_into_a_message_of_the_standard_library(stream: io.StringIO) -> None:
    logging.getLogger("tornado.application").error("bad %s", SEED)
    structlog.get_logger("a").info("token %s", f"Bearer {TOKEN}")
    assert SEED not in stream.getvalue()
    assert TOKEN not in stream.getvalue()


def test_exceptions_are_told_without_their_secrets(stream: io.StringIO) -> None:
    try:
        raise RuntimeError(f"cannot sign with {SEED}")
    except RuntimeError:
        structlog.get_logger("a").exception("failed")
        logging.getLogger("tornado.application").error("failed", exc_info=True)
    assert SEED not in stream.getvalue()
    for line in lines(stream):
        assert "RuntimeError: cannot sign with S***" in line["exception"]


def test_what_is_no_secret_stays_as_it_is(stream: io.StringIO) -> None:
    address, transaction = "G" + SEED[1:], secrets.token_hex(32)
    fields = {"address": address, "hash": transaction, "url": "http://127.0.0.1:8000/x", "paging_token": "17"}
    structlog.get_logger("a").info("event", **fields)
    (line,) = lines(stream)
    assert fields.items() <= line.items()


def test_nothing_is_said_for_each_request_or_job_at_info(stream: io.StringIO) -> None:
    logging.getLogger("tornado.access").info("200 GET /status")
    logging.getLogger("tornado.access").warning("404 GET /payments/x")
    logging.getLogger("huey").info("job done")
    logging.getLogger("aiohttp.access").info("GET /")
    assert lines(stream) == []


def test_a_higher_level_holds_for_the_quiet_loggers_too(stream: io.StringIO) -> None:
    logs.configure("error", "json", stream)
    logging.getLogger("huey").warning("retrying")
    structlog.get_logger("a").warning("retrying")
    assert lines(stream) == []


def test_configuring_again_does_not_double_the_lines(stream: io.StringIO) -> None:
    logs.configure("info", "json", stream)
    structlog.get_logger("a").info("once")
    assert len(lines(stream)) == 1


def test_the_console_format_is_a_plain_line_where_nobody_has_a_terminal(stream: io.StringIO) -> None:
    logs.configure("info", "console", stream)
    try:
        raise RuntimeError(SEED)
    except RuntimeError:
        structlog.get_logger("a").exception("payment failed", id="p-1")
    assert "payment failed" in stream.getvalue()
    assert "id=p-1" in stream.getvalue()
    assert "RuntimeError: S***" in stream.getvalue()
    assert "\x1b[" not in stream.getvalue()


def test_what_comes_first_in_a_line_is_when_how_bad_and_what(stream: io.StringIO) -> None:
    structlog.get_logger("a").info("payment accepted", payment_id="p-1")
    assert list(lines(stream)[0]) == ["time", "level", "event", "payment_id", "logger"]


@pytest.mark.parametrize("value", [2**70, "half \ud800 of a pair", {1: 2}, float("nan"), object()])
def test_whatever_is_logged_becomes_a_line(stream: io.StringIO, value: object) -> None:
    structlog.get_logger("a").info("event", value=value)
    (line,) = lines(stream)
    assert line["event"] == "event"


class Unspeakable:
    def __str__(self) -> str:
        raise RuntimeError(SEED)


def test_what_cannot_be_written_down_stops_nobody(stream: io.StringIO) -> None:
    structlog.get_logger("a").info("event", value=Unspeakable())
    (line,) = lines(stream)
    assert (line["event"], line["error"]) == ("a line could not be written", "RuntimeError")


class Full(io.StringIO):
    def write(self, _: str) -> int:
        raise OSError("no space left on device")


def test_a_disk_that_is_full_stops_nobody(stream: io.StringIO) -> None:
    logs.configure("info", "json", Full())
    structlog.get_logger("a").info("event")
    logging.getLogger("b").warning("event")


def test_what_is_below_the_level_is_not_written(stream: io.StringIO) -> None:
    logs.configure("warning", "json", stream)
    structlog.get_logger("a").info("event")
    logging.getLogger("b").info("event")
    assert lines(stream) == []


def fail(times: int, **fields: Any) -> None:
    for _ in range(times):
        try:
            raise RuntimeError("unknown")
        except RuntimeError:
            structlog.get_logger("a").exception("a round failed", **fields)


def test_what_goes_wrong_all_the_time_is_told_some_times_a_minute(stream: io.StringIO) -> None:
    fail(100)
    for _ in range(100):
        logging.getLogger("tornado.application").error("Uncaught exception %s", secrets.token_hex(4))
    structlog.get_logger("a").error("something else")
    events = [line["event"].partition(" exception")[0] for line in lines(stream)]
    assert events == ["a round failed"] * log_limit.MOST + ["Uncaught"] * log_limit.MOST + ["something else"]


def test_the_next_line_a_minute_later_says_how_many_were_left_out(stream: io.StringIO) -> None:
    now = 0.0
    limit = log_limit.LogLimit(lambda: now)
    event = {"level": "error", "logger": "a", "event": "a round failed"}
    for _ in range(log_limit.MOST):
        assert limit(None, "error", dict(event)) == event
    for _ in range(3):
        with pytest.raises(structlog.DropEvent):
            limit(None, "error", dict(event))
    now += log_limit.SECONDS
    assert limit(None, "error", dict(event)) == event | {"left_out": 3}


def test_of_different_checks_each_is_told(stream: io.StringIO) -> None:
    for check in range(2 * log_limit.MOST):
        structlog.get_logger("a").error("not well", check=str(check))
    assert len(lines(stream)) == 2 * log_limit.MOST


@pytest.mark.parametrize("of_whom", ["payment_id", "wallet_address", "callback_id"])
def test_changes_of_state_are_never_left_out(stream: io.StringIO, of_whom: str) -> None:
    fail(20, **{of_whom: "x"})
    for _ in range(20):
        structlog.get_logger("a").info("accepted")
    assert len(lines(stream)) == 40


def test_very_many_kinds_of_lines_are_not_all_remembered() -> None:
    limit = log_limit.LogLimit(lambda: 0.0)
    for number in range(3 * log_limit.KINDS):
        limit(None, "error", {"level": "error", "logger": "a", "event": str(number)})
    assert len(limit._counts) <= log_limit.KINDS
