"""Designs on their way into git: YAML and back, `weike pull templates`, databases of the version before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, text

import weike
from builder import designs as judged
from builder.indicators import document
from builder.indicators.store import Store as Values
from builder.indicators.template_keys import (
    commented,
    digest,
    keys_of,
    template_of_keys,
    written,
)
from builder.values import Numbers, Template, TemplateRow
from service import pulling
from service.intake.designing.inforce import keys_in
from service.store import migrate
from service.store.engine import Store
from tests.conftest import ROOT
from tests.designing_world import agreed, begin, designers, fields, kept, press, rebuilt, send
from tests.intake_world import REGIONS, TEMPLATES, Bureau
from tests.service_databases import House

HERE = "content/indicators/templates"
OWN = sorted((ROOT / HERE).glob("*.yml"))

# --- the text -------------------------------------------------------------------------------------

LINES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp", "Cn", "Co")), min_size=1, max_size=40).map(str.strip).filter(bool)  # fmt: skip
SHORT = LINES.map(lambda t: t[:12].strip()).filter(bool)
SLUGS = st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True)
MEASURES = st.sampled_from(["value", "ytd", "yoy", "mom", "ytd_yoy", "index", "ytd_index"])
ROWS = st.builds(TemplateRow, SLUGS, MEASURES, st.just("") | LINES, st.integers(0, 6), st.just("") | SHORT)  # fmt: skip
CODES = st.from_regex(r"[0-9]{6}", fullmatch=True)
AREAS = st.one_of(
    st.lists(CODES, min_size=1, max_size=5, unique=True).map(lambda c: (tuple(c), "", "")),
    st.tuples(st.just(()), st.sampled_from(["省", "市", "县"]), st.just("") | CODES),
)
NOTES = st.lists(st.just("") | LINES, max_size=4).map("\n".join).map(str.strip)


@st.composite
def templates(draw: st.DrawFn) -> Template:
    codes, level, within = draw(AREAS)
    rows = draw(st.lists(ROWS, min_size=1, max_size=6, unique_by=lambda r: (r.indicator, r.measure)))  # fmt: skip
    return Template(
        "biao", draw(LINES), draw(SLUGS), draw(SLUGS), draw(st.sampled_from(["month", "quarter", "half", "year"])),
        codes, tuple(rows), draw(st.sampled_from(["regions_down", "indicators_down"])),
        tuple(draw(st.lists(SLUGS, max_size=3, unique=True))), draw(NOTES),
        draw(st.none() | st.tuples(st.integers(0, 12), st.integers(1, 31))),
        draw(st.just("") | LINES), draw(st.dates().map(str).filter(lambda d: len(d) == 10)), level, within,
    )  # fmt: skip


@given(templates())
def test_what_is_written_is_read_the_same(made: Template) -> None:
    """Keys → YAML → the builder's reader → keys, and the same text again."""
    told = written(keys_of(made))
    back = judged.read("biao", told.encode())
    assert back.faults == ()
    assert (back.keys, back.others) == (keys_of(made), {})
    assert written(back.keys) == told
    assert not commented(told)
    assert replace(template_of_keys("biao", back.keys, {}), regions=made.regions) == made


@pytest.mark.parametrize("file", OWN, ids=[f.stem for f in OWN])
def test_our_own_templates_are_written_as_they_stand(file: Path) -> None:
    data = file.read_bytes()
    there = judged.read(file.stem, data)
    assert written(there.keys, there.others).encode() == data


def test_what_is_named_twice_is_named_once() -> None:
    one = replace(TEMPLATES["yuebao"], checks=("a", "b", "a"), regions=("990000", "990000"))
    assert (keys_of(one)["checks"], keys_of(one)["regions"]) == (["a", "b"], ["990000"])


def test_keys_besides_stay_and_comments_are_seen() -> None:
    told = written(keys_of(TEMPLATES["yuebao"]))
    more = told.replace("frequency:", "editorial: {notes: 问过 张三}\ntags: [工业]\nfrequency:")
    there = judged.read("yuebao", more.encode())
    assert there.others == {"editorial": {"notes": "问过 张三"}, "tags": ["工业"]}
    again = judged.read("yuebao", written(there.keys, there.others).encode())
    assert (again.keys, again.others) == (there.keys, there.others)
    for place in ("# 头上\n" + told, told.replace("\nrows:", "  # 旁边\nrows:"), told + "# 尾\n"):
        assert commented(place)
    assert not commented(told.replace("工业月报", '"井号 # 在引号里"'))


def test_a_bundle_carries_what_was_authored_and_older_readers_leave_it_alone() -> None:
    one = replace(TEMPLATES["yuebao"], summary="说明", level="市", within="990000", due=(0, 20))
    data = document.write(Numbers({}, REGIONS, Values(()), templates={"yuebao": one}))
    assert document.read(data).templates == {"yuebao": one}
    rows = data.split(b'"templates":[')[1].split(b"],")[0]
    assert all(f'"{key}"'.encode() not in rows for key in document.AUTHORED)
    bare = document.write(Numbers({}, REGIONS, Values(())))
    assert b"authored" not in bare


@pytest.fixture
def gov(tmp_path: Path) -> Iterator[Bureau]:
    with designers(tmp_path) as found:
        yield found


def test_the_form_gives_back_what_the_file_said(gov: Bureau, tmp_path: Path) -> None:
    """YAML → bundle → the page's fields → keys → YAML: the same bytes, for every template of ours."""
    for file in OWN:
        there = judged.read(file.stem, file.read_bytes())
        made = template_of_keys("yuebao", there.keys | {"division": "gyc"}, REGIONS)
        rebuilt(tmp_path, {"yuebao": made})
        number = begin(gov)
        page = gov["wang"].get(f"/designs/{number}").text
        assert send(gov, number, [*fields(page), ("do", "save")]).status_code == 303
        row = kept(gov, number)
        assert row.version == 1, file.name  # nothing changed, no new version
        assert digest(keys_of(made)) in row.bases
        done = gov["wang"].post(f"/designs/{number}/step/drop", data={"version": "1"})
        assert done.status_code == 303


PARENTS = st.sampled_from(["", "990000", "990100"])
PLACES = st.one_of(
    st.lists(CODES | st.sampled_from([*REGIONS]), min_size=1, max_size=5, unique=True).map(lambda c: (tuple(c), "", "")),
    st.tuples(st.just(()), st.sampled_from(["省", "市", "县"]), PARENTS),
)  # fmt: skip


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(templates(), PLACES, st.sampled_from(["intranet", "public"]))
def test_the_form_gives_back_whatever_a_file_can_say(
    gov: Bureau, tmp_path: Path, made: Template, place: tuple[Any, str, str], audience: str
) -> None:
    """Also what the page does not offer: regions and indicators that are gone, an order of one's own."""
    codes, level, within = place
    told = {"regions": codes, "level": level, "within": within, "audience": audience}
    made = replace(made, id="yuebao", division="gyc", **told)
    rebuilt(tmp_path, {"yuebao": made})
    number = begin(gov)
    page = gov["wang"].get(f"/designs/{number}").text
    saved = send(gov, number, [*fields(page), ("do", "save")])
    assert saved.status_code == 303
    row = kept(gov, number)
    gov["wang"].post(f"/designs/{number}/step/drop", data={"version": str(row.version)})
    assert keys_in(row) == keys_of(made)
    assert row.version == 1


# --- weike pull templates -------------------------------------------------------------------------


def set_up(gov: Bureau, folder: Path) -> Path:
    told = gov.world.desk.settings
    file = folder / "service.toml"
    file.write_text(f'data = "{told.data}"\nbundle = "{told.bundle}"\n', "utf-8")
    return file


def pull(gov: Bureau, root: Path, *more: str) -> int:
    told = ["--settings", str(set_up(gov, root.parent)), "--root", str(root), *more]
    return pulling.main(["pull", "templates", *told])


@pytest.fixture
def content(tmp_path: Path) -> Path:
    root = tmp_path / "inhalt"
    (root / HERE).mkdir(parents=True)
    (root / HERE / "yuebao.yml").write_text(written(keys_of(TEMPLATES["yuebao"])), "utf-8")
    return root


def changed(gov: Bureau, **told: str) -> None:
    number = begin(gov)
    assert press(gov, number, "save", **(told or {"title": "工业月报（新）"})).status_code == 303
    agreed(gov, number)


def test_pulled_twice_nothing_changes(
    gov: Bureau, content: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(gov)
    assert pull(gov, content) == 0
    file = content / HERE / "yuebao.yml"
    first = file.read_text("utf-8")
    assert "title: 工业月报（新）" in first
    assert f"git add {HERE}/yuebao.yml" in capsys.readouterr().out
    assert pull(gov, content) == 0
    assert "1 个和原来一样" in capsys.readouterr().out
    assert file.read_text("utf-8") == first
    entry, problems = judged.judge("yuebao", judged.read("yuebao", first.encode()).keys, ground())
    assert (entry is not None, problems) == (True, [])
    changed(gov, title="第三个名字")  # a change of the change goes over the first
    assert pull(gov, content) == 0
    assert "title: 第三个名字" in file.read_text("utf-8")


def ground() -> judged.Ground:
    from tests.designing_world import KNOWN

    return judged.Ground(KNOWN, REGIONS, (), frozenset({"intranet", "public"}), {"gyc"})


@pytest.mark.parametrize(
    "hand",
    [
        lambda told: told.replace("工业月报", "有人改的"),
        lambda told: "# 记着问一下\n" + told,
        lambda told: told + "nonsense\n",
        lambda _: None,
    ],
    ids=["changed", "comment", "broken", "gone"],
)
def test_what_a_person_changed_is_left_alone(
    gov: Bureau, content: Path, hand: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(gov)
    file = content / HERE / "yuebao.yml"
    mine = hand(file.read_text("utf-8"))
    if mine is None:
        file.unlink()
    else:
        file.write_text(mine, "utf-8")
    assert pull(gov, content) == 1
    assert "没有动" in capsys.readouterr().err
    assert (file.read_text("utf-8") if file.exists() else None) == mine


def test_a_new_template_and_keys_besides(gov: Bureau, content: Path) -> None:
    file = content / HERE / "yuebao.yml"
    file.write_text(file.read_text("utf-8") + "editorial: {notes: 问过张三}\n", "utf-8")
    changed(gov)
    number = begin(gov, name="meitan", title="用煤月报", frequency="month")
    page = press(gov, number, "add:yongmei", area="level", level="市")
    send(gov, number, [*fields(page.text), ("do", "save")])
    agreed(gov, number)
    assert pull(gov, content) == 0
    assert "editorial: {notes: 问过张三}" in file.read_text("utf-8")
    fresh = (content / HERE / "meitan.yml").read_text("utf-8")
    assert fresh.split("\n")[0] == "title: 用煤月报"
    assert "regions: {level: 市}" in fresh
    assert "  - {indicator: yongmei}" in fresh


def test_every_pull_of_the_service_is_known_at_the_front_door() -> None:
    assert set(weike.PULLED) == set(pulling.WHAT)


def test_drafts_do_not_come_and_the_internet_has_none(
    gov: Bureau, content: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number = begin(gov)
    press(gov, number, "save", title="草稿")
    assert pull(gov, content) == 0
    assert "没有要写的" in capsys.readouterr().out
    outside = tmp_path / "aussen.toml"
    outside.write_text(f'profile = "internet"\ndata = "{tmp_path}/aussen"\n', "utf-8")
    from service.cli import open_desk
    from service.settings import load

    open_desk(load(outside)).store.close()
    told = ["pull", "templates", "--settings", str(outside), "--root", str(content)]
    assert pulling.main(told) == 1
    assert "没有数据模板" in capsys.readouterr().err


# --- older databases ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_database_of_before_gets_the_tables_and_keeps_its_rows(
    kind: str, house: House, tmp_path: Path
) -> None:
    store = Store(house.fresh(kind) or f"sqlite:///{tmp_path}/alt.db")
    with store.writer.connect() as connection:
        config = migrate._config(connection, "intranet")
        for name in migrate.branches("intranet"):
            if name != "designs":
                command.upgrade(config, f"{name}@head")
        connection.commit()
    told = "INSERT INTO batches (id, template, division, period, kind, state, version, title, source, note, reason, made_by, made, checked_by, reviewed_by, approved_by, release, name) VALUES (7, 'yuebao', 'gyc', '2026-09', 'new', 'draft', 1, 't', 's', '', '', 1, 1, 0, 0, 0, 0, 'n')"  # fmt: skip
    store.write(lambda c: c.execute(text(told)))
    assert migrate.waiting(store, "intranet") == ["designs"]
    migrate.upgrade(store, "intranet")
    assert migrate.waiting(store, "intranet") == []
    assert migrate.strangers(store, "intranet") == set()
    from service.store import designs, intake

    with store.read() as connection:
        batch = intake.batch(connection, 7)
        assert batch is not None
        assert batch.template == "yuebao"
        assert designs.of_batch(connection, 7) is None
    store.close()


def test_the_internet_has_no_table_of_it(house: House, tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/aussen.db")
    migrate.upgrade(store, "internet")
    with store.writer.connect() as connection:
        assert not [t for t in inspect(connection).get_table_names() if "design" in t]
    store.close()
