"""Canaries among numbers: definitions, snapshots, rules and ledgers that are for others, or for a later hour."""

from __future__ import annotations

from tests import numbered
from tests.canaries import Garden
from tests.sitefiles import yml

HERE = "content/indicators/"
PAST, AHEAD = "2026-10-18T10:00:00+08:00", "2026-11-20T23:00:00+08:00"  # of the build's clock


def numbers(g: Garden) -> None:
    """Everything that an indicator site can hide."""
    g.files[f"{HERE}regions.yml"] = numbered.REGIONS
    _definitions(g)
    _snapshots(g)
    _inside(g)


def _definitions(g: Garden) -> None:
    name = g.slug("id of an internal indicator", "site/indicators/SELF/")
    page = f"site/indicators/{name}/"
    g.files[f"{HERE}{name}.yml"] = numbered.indicator(
        audience="intranet",
        title=g.say("title of an internal indicator", page),
        short=g.slug("short name of one", "data/indicators.json"),
        theme=g.say("theme of one", "site/indicators/"),
        publisher=g.say("publisher of one", page),
        caliber={k: g.say(f"caliber: {k}", page) for k in numbered.CALIBER},
        text=g.say("text of one", page),
    )
    g.files[f"{HERE}gongkai.yml"] = numbered.indicator(
        title=f"公开指标{g.public()}",
        text=f"{g.public()}\n\n::: intranet\n{g.say('fence of a definition', 'site/indicators/gongkai/')}\n:::",
        grants=[{"audience": "intranet", "levels": ["市"]}],
        editorial={"notes": g.say("editorial notes of a definition")},
    )
    inside = [numbered.block([[1.0]], ["2026-09"], indicator=name)]
    g.files[f"{HERE}snapshots/neizhibiao.json"] = numbered.snapshot("neizhibiao", PAST, *inside)


def _snapshots(g: Garden) -> None:
    first = numbered.block([[1.5, 2.5]], ["2026-08", "2026-09"], indicator="gongkai")
    g.files[f"{HERE}snapshots/gongkai.json"] = numbered.snapshot(
        "gongkai",
        PAST,
        first,
        author=g.say("author of a public snapshot"),
        approver=g.say("approver of a public snapshot"),
        sources=[{"title": f"公开来源{g.public()}"}],
    )
    own = numbered.block([[1.5]], ["2026-10"], indicator="gongkai")  # of which nothing is public
    g.files[f"{HERE}snapshots/neibu.json"] = numbered.snapshot(
        "neibu", PAST, own, audience="intranet"
    )
    name = g.slug("id of an internal snapshot", "site/data/")
    again = numbered.block(
        [[9.5]],
        ["2026-10"],
        indicator="gongkai",
        action="correct",
        reason=g.say("reason of an internal correction", "site/indicators/"),
    )
    g.files[f"{HERE}snapshots/{name}.json"] = numbered.snapshot(
        name,
        "2026-10-20T10:00:00+08:00",
        again,
        audience="intranet",
        title=g.say("title of an internal snapshot", "site/indicators/"),
        sources=[{"title": g.say("source of an internal snapshot", "site/data/")}],
    )
    later = g.slug("id of a snapshot before its hour")
    g.files[f"{HERE}snapshots/{later}.json"] = numbered.snapshot(
        later,
        AHEAD,
        numbered.block([[7.5]], ["2026-11"], indicator="gongkai"),
        title=g.say("title of a snapshot before its hour"),
        note=g.say("note of a snapshot before its hour"),
        author=g.say("author of a snapshot before its hour"),
        sources=[{"title": g.say("source of a snapshot before its hour")}],
    )


def _inside(g: Garden) -> None:
    name = g.slug("id of an internal dashboard", "site/indicators/kanban/SELF/")
    board = f"site/indicators/kanban/{name}/"
    asked = {"indicator": "gongkai", "measure": "yoy"}
    g.files[f"{HERE}dashboards/{name}.yml"] = yml(
        audience="intranet",
        title=g.say("title of an internal dashboard", board),
        blocks=[
            {"table": {"from": asked, "title": g.say("title of a block", board)}},
            {"text": g.say("text of a block", board)},
        ],
    )
    g.files[f"{HERE}templates/neibu.yml"] = yml(
        audience="intranet",
        title=g.say("title of a data template", "data/indicators.json"),
        note=g.say("note of a data template", "data/indicators.json"),
        frequency="month",
        regions=["990000"],
        rows=[{**asked, "label": g.say("label of a data template", "data/indicators.json")}],
    )
    rule = {"id": g.slug("id of a rule", "data/indicators.json"), "rule": "range", "low": -50}
    g.files[f"{HERE}rules/neibu.yml"] = yml(
        audience="intranet",
        rules=[
            {
                **rule,
                "indicators": ["gongkai"],
                "measures": ["yoy"],
                "why": g.say("why of a rule", "data/indicators.json"),
            }
        ],
    )
    ledger = "site/indicators/ledger/"
    g.files[f"{HERE}gdp/neibu.yml"] = yml(
        audience="intranet",
        period="2026-Q3",
        title=g.say("title of a ledger", ledger),
        rows=[
            {
                **asked,
                "industry": g.say("industry of a ledger", ledger),
                "department": g.say("department of a ledger", ledger),
                "due": "2026-10-16",
                "received": "2026-10-15",
                "state": "doubtful",
                "note": g.say("note of a ledger", ledger),
            }
        ],
    )
