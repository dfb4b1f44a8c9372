"""`docs/configuration.md` tells of the options that there are."""

from pathlib import Path

from kinpay_server.config_document import document

DOCUMENT = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_the_document_is_what_the_table_of_options_makes_of_it() -> None:
    remedy = "python -m kinpay_server.config_document > docs/configuration.md"
    assert DOCUMENT.read_text(encoding="utf-8") == document(), f"it is stale; mend it by: {remedy}"
