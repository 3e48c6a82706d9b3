"""A service is tried by schemathesis as one caller: what is asked, and what came of it."""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service.app import create_app
from service.limits import Limits
from service.roles import NAMES
from tests.conftest import ROOT
from tests.service_asked import asked, signed_in
from tests.service_filled import CALLERS, TOKEN, Filled
from tests.service_tally import TALLY

PHASES = ("examples", "coverage", "fuzzing", "stateful")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
)
# They end the session that asks, or count wrong passwords until it is shut out; their own tests ask them.
LEAVE = ("/logout", "/lock", "/leave", "/account/sessions", "/account/password")
PROGRAMS = "+programs"
ALL = "division"  # who also tries what is open to every role
SET = "[phases.coverage]\nunexpected-methods = []\n"  # they are refused before a route is found
LINKS = {  # after a post to what begins so, one stands at such an address; its number's name
    ("/intake", "/intake/{number}"): "number",
    ("/works", "/works/{number}"): "number",
    ("/office/{slug}/rounds", "/office/rounds/{number}"): "number",
    ("/office/rounds", "/office/rounds/{number}"): "number",
    ("/desk/questions/{question}", "/desk/questions/{question}"): "question",
    ("/appraisals", "/appraisals/{slug}"): "slug",
    ("/live/on", "/live/on/{slug}"): "slug",
    ("/questions/{number}", "/questions/{number}"): "number",
}


CHAINED = "stateful"
# What belongs together is tried together, by those whose it is: chains within one feature get further.
CHAINS = {
    "nobody": ("/questions",),
    "division": ("/intake", "/desk/questions", "/works", "/live"),
    "office": ("/office", "/appraisals", "/live"),
    "city": ("/intake", "/works"),
    "desk": ("/desk/questions",),
    "expert": ("/reviews",),
    "leader": ("/intake", "/appraisals"),
    "entrant": ("/works",),
}
# After them there is nothing to act on any more; outside of chains they are tried all the same.
ENDS = ("/reviews/{number}/leave", "/questions/{number}/forget")
NUMBERS = {
    "/intake": "batch",
    "/desk": "question",
    "/users": "user",
    "/office": "one",
    "/reviews": "duty",
}


class Unlimited(Limits):
    """A tester asks more often than anybody may."""

    def wait(self, rate: str, *who: str) -> int:
        """Never."""
        return 0


@dataclass
class Came:
    """What came of a run: calls by phase and status, and what the program said."""

    calls: Counter[tuple[str, int]] = field(default_factory=Counter)
    routes: set[tuple[str, str]] = field(default_factory=set)
    led: Counter[str] = field(default_factory=Counter)  # what was done in chains
    code: int = 0
    said: str = ""

    def by_phase(self) -> dict[str, int]:
        """How many calls each phase made."""
        return {p: sum(n for (phase, _), n in self.calls.items() if phase == p) for p in PHASES}

    def went(self, phase: str) -> int:
        """How many calls of a phase were let in and done."""
        return sum(n for (p, status), n in self.calls.items() if p == phase and status < 400)


def attempt(
    filled: Filled,
    folder: Path,
    caller: str,
    phases: tuple[str, ...] = PHASES,
    most: int = 12,
    only: tuple[str, ...] = (),
    **more: str,
) -> Came:
    """Try a copy of a filled service as one caller, `most` examples of each operation in a phase."""
    shutil.copytree(filled.folder, folder, dirs_exist_ok=True)
    told: dict[str, Any] = {"bundle": folder / "dist", "live_dir": folder / "served", **more}
    with asked(folder / "data", filled.profile, feed_rate="100000/second", **told) as (
        world,
        address,
    ):
        world.desk.limits = Unlimited(world.clock)
        held = f"Cookie: {signed_in(world, filled.users[caller])}" if caller in filled.users else ""
        held = f"Authorization: Bearer {TOKEN}" if caller == "program" else held
        told = create_app(world.desk).openapi()
        told["paths"] = _mine(told["paths"], caller, only)
        came, each = Came(), tuple(p for p in phases if p != CHAINED)
        if each:
            made = described_for(told, filled, chains=False)
            run(came, _put(folder / "each", made), address, held, each, most)
        for place in CHAINS.get(caller, ()) if CHAINED in phases else ():
            near = {
                p: item
                for p, item in told["paths"].items()
                if p.startswith(place) and p not in ENDS
            }
            if any("post" in item for item in near.values()):
                made = described_for({**told, "paths": near}, filled, chains=True)
                where = _put(folder / f"chains{place.replace('/', '-')}", made)
                run(came, where, address, held, (CHAINED,), most * 3)
        return came


def _put(folder: Path, described: dict[str, Any]) -> Path:
    folder.mkdir()
    (folder / "openapi.json").write_text(json.dumps(described), "utf-8")
    return folder


def _mine(paths: dict[str, Any], caller: str, only: tuple[str, ...]) -> dict[str, Any]:
    """The routes that a caller tries: what is open to their role, but what is open to all by one of them alone."""
    role = CALLERS[caller][0]

    def tries(path: str, operation: dict[str, Any]) -> bool:
        roles = _roles(operation)
        if path in LEAVE or (only and path not in only):
            return False
        if caller == "program":
            return PROGRAMS in operation["x-access"]
        return not roles if not role else role in roles and (caller == ALL or roles != set(NAMES))

    made = {p: {m: op for m, op in item.items() if tries(p, op)} for p, item in paths.items()}
    return {path: item for path, item in made.items() if item}


def described_for(told: dict[str, Any], filled: Filled, *, chains: bool) -> dict[str, Any]:
    """The description, with words that mean something here beside any words; for chains those alone, and links."""
    made = copy.deepcopy(told)
    for path, item in made["paths"].items():
        for operation in item.values():
            if path == "/intake/{number}/cells":
                sent = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]
                sent["schema"]["properties"] |= {
                    "version": {"enum": ["1", "2", "3"]},
                    **{name: {"enum": ["61.25", "1.5", "x"]} for name in filled.words["cell"]},
                }
            for parameter in operation.get("parameters", ()):
                number = parameter["schema"].get("type") == "integer"
                kind = next((k for p, k in NUMBERS.items() if path.startswith(p)), "")
                words = (
                    filled.words.get(kind, [1, 2])
                    if number
                    else filled.words.get(parameter["name"])
                )
                if path.startswith(("/api/questions", "/questions")):
                    words = filled.words.get(parameter["name"].removeprefix("x-"))
                _known(parameter, "schema", words, alone=chains)
    for name, schema in made["components"]["schemas"].items():
        if name.startswith("Body_"):
            for key, held in schema["properties"].items():
                number = held.get("type") == "integer"
                words = filled.words.get(key) if not number or key in filled.words else [1, 2]
                _known(schema["properties"], key, words, alone=chains)
    if chains:
        _link(made["paths"])
    return made


def _link(paths: dict[str, Any]) -> None:
    """Whoever is sent to a thing may read it, and who has read it may act on it."""
    for (source, target), name in LINKS.items():
        place = re.escape(target).replace(re.escape("{" + name + "}"), "([^/?#]+)")
        links = {
            f"{method} {path}": {
                "operationRef": _reference(path, method),
                "parameters": {name: f"$response.header.Location#regex:^{place}"},
            }
            for path, item in paths.items()
            for method in item
            if path.startswith(target) and path[len(target) :][:1] in {"", "/"}
        }
        for path, item in paths.items():
            if links and path.startswith(source) and "post" in item:
                item["post"]["responses"]["303"].setdefault("links", {}).update(links)
    for path, item in paths.items():
        names = re.findall(r"\{(\w+)\}", path)
        if "get" in item and names:
            same = {name: f"$request.path.{name}" for name in names}
            further = {
                f"{method} {other}": {"operationRef": _reference(other, method), "parameters": same}
                for other, others in paths.items()
                for method in others
                if other.startswith(f"{path}/") or (other == path and method == "post")
            }
            item["get"]["responses"]["200"].setdefault("links", {}).update(further)


def _reference(path: str, method: str) -> str:
    return f"#/paths/{path.replace('~', '~0').replace('/', '~1')}/{method}"


def _roles(operation: dict[str, Any]) -> set[str]:
    return set(operation["x-access"].removesuffix(" (first factor)").split("+")) & set(NAMES)


def _known(holder: dict[str, Any], key: str, words: list[Any] | None, *, alone: bool) -> None:
    """Half of what is tried, or all, is one of these words, if the schema allows any."""
    held = holder[key]
    kind = {"integer": int, "string": str}.get(held.get("type", ""))
    fitting = [w for w in words or () if kind is not None and isinstance(w, kind)]
    if fitting:
        holder[key] = {"anyOf": [{"enum": fitting}, held], "examples": fitting}
        if alone:
            holder[key] = {"enum": fitting}


def run(
    came: Came, folder: Path, address: str, held: str, phases: tuple[str, ...], most: int
) -> None:
    """Run the program in a folder with a description; add what came of it."""
    tally = folder / "tally"
    tally.touch()
    (folder / "schemathesis.toml").write_text(SET, "utf-8")
    words = [str(Path(sys.executable).parent / "schemathesis"), "run", "openapi.json"]
    words += ["-m", "positive"] if phases == (CHAINED,) else []
    words += ["--url", address, "--checks", ",".join(CHECKS), "--phases", ",".join(phases)]
    words += ["--max-examples", str(most), "--seed", "1", "--generation-database", "none"]
    words += ["--no-color", "--warnings", "off", "--suppress-health-check", "all", "--no-shrink"]
    words += ["--continue-on-failure", "-H", f"Origin: {address}"]
    words += ["-H", held] if held else []
    hooks = {
        "SCHEMATHESIS_HOOKS": "tests.service_tally",
        TALLY: str(tally),
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        words, cwd=folder, capture_output=True, text=True, check=False, timeout=1200, env=os.environ | hooks
    )  # fmt: skip
    came.code |= done.returncode
    came.said += done.stdout + done.stderr
    for line in tally.read_text().splitlines():
        phase, method, path, status = line.rsplit(" ", 3)
        came.calls[phase, int(status)] += 1
        came.routes.add((method, path))
        if phase == CHAINED and int(status) < 400:
            came.led[f"{method} {path}"] += 1


def judged(came: Came) -> None:
    """Nothing broke, and all is as described."""
    assert "Traceback" not in came.said, came.said[-9000:]
    assert came.code == 0, came.said[-9000:]
    assert not any(status >= 500 for _, status in came.calls), came.calls
