"""GET /status and GET /config."""

from typing import Any

import pytest


@pytest.mark.gen_test
async def test_a_healthy_service_answers_200_and_its_report(api: Any, report: Any) -> None:
    answer = await api.get("/status")
    assert (answer.status, answer.value) == (200, report.value)


@pytest.mark.gen_test
async def test_a_service_that_cannot_do_its_work_answers_503_with_the_same_report(api: Any, report: Any) -> None:
    report.healthy = False
    report.value["status"] = "unwell"
    answer = await api.get("/status")
    assert answer.status == 503
    assert answer.value == report.value | {"code": 5030, "error": "Service unavailable"}


@pytest.mark.gen_test
async def test_config_shows_network_and_asset(api: Any) -> None:
    answer = await api.get("/config")
    assert answer.status == 200
    assert set(answer.value) == {"horizon_url", "network_passphrase", "asset_issuer", "asset_code"}
