"""The documents as a whole: what they link to exists, and none says what another one has said."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")))
A_SENTENCE = 60
"""Shorter ones are names, or say little. Names in code do not count: they may be long."""


def prose(document: Path) -> str:
    """Its text without code."""
    text = re.sub(r"^```.*?^```$", "", document.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"^ {4}.*$", "", text, flags=re.MULTILINE)


def anchors(document: Path) -> set[str]:
    """What a link may name of it, as GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def sentences(text: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n|\n(?=[-*|#])", text):
        for sentence in re.split(r"(?<=[.:;?]) |\|", " ".join(paragraph.split())):
            if len(re.sub(r"`[^`]*`", "", sentence)) >= A_SENTENCE:
                yield sentence.strip(" -*").lower()


def test_what_is_linked_to_exists() -> None:
    missing = []
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)\s]+)\)", prose(document)):
            name, _, anchor = target.partition("#")
            file = document.parent / name if name else document
            known = re.match(r"https?:", target) or (file.exists() and (not anchor or anchor in anchors(file)))
            if not known:
                missing.append(f"{document.name}: {target}")
    assert missing == []


def test_no_sentence_stands_in_two_places() -> None:
    places = defaultdict(list)
    for document in DOCUMENTS:
        for sentence in sentences(prose(document)):
            places[sentence].append(document.name)
    assert {sentence: names for sentence, names in places.items() if len(names) > 1} == {}
