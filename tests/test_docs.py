"""The documents name every key, every problem code and every verb."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import weike
from builder.cli import _parser
from builder.config import SiteConfig
from builder.kinds import KINDS
from builder.organisations import OrganisationFile
from builder.problems import CATALOGUE

DOCS = Path(__file__).resolve().parent.parent / "docs"


@cache
def docs() -> str:
    return "\n".join(p.read_text("utf-8") for p in sorted(DOCS.rglob("*.md")))


def keys_in(schema: dict[str, Any]) -> set[str]:
    """Every key that an author may write, at any depth."""
    definitions: list[dict[str, Any]] = [schema, *schema.get("$defs", {}).values()]
    return {key for part in definitions for key in part.get("properties", {})}


def named(word: str) -> bool:
    return re.search(rf"(?<![A-Za-z0-9_-]){re.escape(word)}(?![A-Za-z0-9_-])", docs()) is not None


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.name))
def test_every_key_of_a_kind_is_in_the_documents(kind: Any) -> None:
    keys = keys_in(kind.schema.model_json_schema())
    assert len(keys) > 20
    assert sorted(k for k in keys if not named(k)) == []


@pytest.mark.parametrize("model", [SiteConfig, OrganisationFile], ids=["site_config", "orgs"])
def test_every_key_of_the_configuration_is_in_the_documents(model: Any) -> None:
    assert sorted(k for k in keys_in(model.model_json_schema()) if not named(k)) == []


def test_every_problem_code_is_explained() -> None:
    assert [code for code in CATALOGUE if not named(code)] == []


def test_no_document_names_a_code_that_is_not_there() -> None:
    prefixes = {code[:3] for code in CATALOGUE}
    told = {c for c in re.findall(r"\b[A-Z]{3}\d{3}\b", docs()) if c[:3] in prefixes}
    assert told - set(CATALOGUE) == set()


def test_every_verb_and_option_is_in_the_documents() -> None:
    verbs = next(a for a in _parser()._actions if a.choices)
    choices = verbs.choices
    assert isinstance(choices, dict)
    assert [v for v in {*weike.VERBS, *choices} if not named(v)] == []
    options = {
        o
        for p in choices.values()
        for a in p._actions
        for o in a.option_strings
        if o.startswith("--")
    }
    assert sorted(o for o in options - {"--help"} if o not in docs()) == []


def test_every_kind_is_in_the_documents_by_both_names() -> None:
    assert [k.name for k in KINDS if not named(k.name) or k.label not in docs()] == []
