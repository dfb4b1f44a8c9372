"""The JavaScript SDK uses it unchanged."""

import pytest

from tests.sandbox import javascript_sdk


@pytest.mark.skipif(not javascript_sdk.HAS_NODE, reason=javascript_sdk.MISSING)
def test_load_build_submit_bump_page_and_stream(live):
    program = (javascript_sdk.HERE / "judge.mjs").read_text(encoding="utf-8")
    said = javascript_sdk.run(program, live.horizon_url, live.network_passphrase, live.friendbot_url)
    assert said.strip() == "fine"
