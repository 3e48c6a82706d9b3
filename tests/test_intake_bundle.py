"""The bundle of the business network says who the audiences are; that of the internet says nothing of it."""

from __future__ import annotations

from pathlib import Path

from builder.values import Key
from service.desk import Desk
from service.intake.known import AUDIENCES, known
from service.intake.readers import Reader
from service.settings import Settings
from service.store.engine import Store
from tests import numbered
from tests.sitefiles import bundles, write

SITE = {
    **numbered.SITE,
    "content/indicators/gongye.yml": numbered.indicator(
        grants=[{"audience": "intranet", "levels": ["市"]}]
    ),
}


def test_the_service_learns_of_audiences_and_the_internet_does_not(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    made = bundles(write(tmp_path / "root", SITE), out)
    assert [name for name, bundle in made.items() if AUDIENCES in bundle.files] == ["intranet"]
    told = Settings(data=tmp_path, bundle=made["intranet"].root)
    store = Store("sqlite://")
    found = known(Desk(told, store))
    store.close()
    assert (sorted(found.audiences), sorted(found.public)) == (["intranet", "public"], ["public"])
    nobody = Reader(found)
    assert nobody.may_key(Key("gongye", "yoy", "990000"))
    assert not nobody.may_key(Key("gongye", "yoy", "990100"))
