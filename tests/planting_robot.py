"""What the robot of the internet edition must not know: internal scripts, dialogues of a later day, quiet words."""

from __future__ import annotations

from tests.canaries import Garden
from tests.sitefiles import yml

PACKAGE = "robot/package.json"


def scripts(g: Garden) -> None:
    """Scripts and dialogues of every audience and state, a canary in each text."""
    g.files["content/robot/neibu.yml"] = yml(audience="intranet", **_script(g, "internal", PACKAGE))
    g.files["content/robot/weilai.yml"] = yml(date="2099-01-01", **_script(g, "later", ""))
    g.files["content/robot/gongkai.yml"] = yml(
        title=g.say("title of a script"),
        summary=g.say("summary of a script"),
        editorial={"notes": g.say("notes of a script")},
        talks=[{"kind": "other", "ask": [g.public()], "say": g.public()}],
    )
    g.files["content/robot/flows/neibu.yml"] = yml(
        audience="intranet", **_dialogue(g, "internal", PACKAGE)
    )
    g.files["content/robot/flows/weilai.yml"] = yml(date="2099-01-01", **_dialogue(g, "later", ""))
    g.files["content/robot/flows/guoqi.yml"] = yml(
        valid={"to": "2026-11-01"}, **_dialogue(g, "expired", "")
    )
    g.files["content/robot/flows/daihe.yml"] = yml(
        **(_dialogue(g, "unproved", "") | {"sources": []})
    )


def _script(g: Garden, which: str, shown: str) -> dict[str, object]:
    def say(place: str) -> str:
        return g.say(f"{which} script: {place}", shown)

    return {
        "talks": [
            {"kind": "other", "ask": [say("wording of a talk")], "say": say("talk")},
            {"kind": "handover", "ask": ["转人工"], "say": say("handover")},
        ],
        "refusals": [
            {
                "title": say("refusal"),
                "say": say("words of a refusal"),
                "ask": [say("wording of a refusal")],
                "when": [[say("word of a refusal")]],
                "unless": [say("excuse")],
            }
        ],
        "elsewhere": [
            {
                "topic": say("topic"),
                "who": say("whose"),
                "words": [say("word of a topic")],
                "ask": [say("wording of a topic")],
            }
        ],
        "same": [[say("word"), say("same word")]],
        "near": [[say("near word"), say("nearer word")]],
    }


def _dialogue(g: Garden, which: str, shown: str) -> dict[str, object]:
    def say(place: str) -> str:
        return g.say(f"{which} dialogue: {place}", shown)

    choice = {"text": say("choice"), "to": "er", "also": [say("other word for a choice")]}
    return {
        "title": say("title"),
        "ask": [say("wording")],
        "steps": [
            {"id": "yi", "say": say("step"), "choices": [choice]},
            {"id": "er", "say": say("number"), "unit": "万元", "bounds": [{"to": "san"}]},
            {"id": "san", "say": say("end")},
        ],
    }
