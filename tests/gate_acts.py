"""What authors, reviewers and an insider do in the random lives that releases are judged on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.gate_world import ALL, LEVELS, ORGS_ITEM, SETTINGS, STAFF, Version, World, sha

# --- what people do -----------------------------------------------------------------------------------


def choose(world: World) -> str:
    return world.rng.choice(sorted(world.paths))


def edits(world: World) -> None:
    world.edit(choose(world))


def paints(world: World) -> None:
    world.paint(f"{world.rng.choice(['faq/mlk', 'faq/nbc', 'content/snippets'])}/p.png")


def brings_back(world: World) -> None:
    """An old state of any file, right or wrong."""
    old = world.rng.choice(list(world.versions.values()))
    for path, digest in old.files:
        world.put(path, world.kept[digest])
    if old.item not in SETTINGS:
        world.drafts[old.item] = old


def deletes(world: World) -> None:
    found = [p for p in sorted(world.root.glob("faq/*/*")) if p.is_file()]
    found += sorted(world.root.glob("content/snippets/*"))
    if found:
        world.rng.choice(found).unlink()


def renames(world: World) -> None:
    """A file goes, another comes in its place, with the old address as an alias or without."""
    old = world.rng.choice(["faq/mlk/a", "faq/mlk/b"])
    (world.root / f"{old}.md").unlink(missing_ok=True)
    name = world.mark("s")
    item = f"faq:mlk/{name}"
    world.slugs[name] = item
    world.edit(item, f"faq/mlk/{name}.md", f"{old}/" if world.rng.random() < 0.6 else "")


def breaks(world: World) -> None:
    path = world.root / world.rng.choice([*world.paths.values(), *SETTINGS.values()])
    if path.is_file():
        path.write_bytes(world.rng.choice([b"\xff\xfe", b"---\ntitle: [x\n---\n", b"site: ["]))


def settles(world: World) -> None:
    item = world.rng.choice(sorted(SETTINGS))
    version = world.settle(item)
    if world.rng.random() < 0.8:
        through(world, item, version)


def commits(world: World) -> None:
    world.commit()


# --- what reviewers do --------------------------------------------------------------------------------


def through(world: World, item: str, version: Version, steps: tuple[str, ...] = ALL) -> bool:
    """Take every step by people who may, each another; False when nobody may."""
    people = world.people[-1] if world.people else next(iter(world.lists.values()))
    world.look()
    ended, held = world.ended(), set()
    order = [s for s in steps if s in LEVELS]
    if "secrecy" in steps:
        order.insert(world.rng.randint(0, len(order)), "secrecy")
    for step in order:
        able = [
            p
            for p, (may, where, names) in people.rows.items()
            if step in may
            and p not in held
            and world.keys[p].name in names
            and world.keys[p].name not in ended
            and (not where or version.division in where or not version.division)
        ]
        if not able:
            return False
        person = world.rng.choice(able)
        held.add(person)
        world.say(item, "approve", step, world.keys[person], version)
    if world.rng.random() < 0.95:
        world.store(version)
    settled(world, item, version, held)
    return True


def settled(world: World, item: str, version: Version, held: set[str]) -> None:
    """Note what a full round of reviews has done."""
    world.look()
    if item in SETTINGS:
        world.past.append(version)
        digest = next(digest for _, digest in version.files)
        if item == ORGS_ITEM:
            before = world.people[-1].rows if world.people else {}
            world.people.append(world.lists[digest])
            now = world.lists[digest].rows
            unsure(world, {p for p in before if before[p] != now.get(p)})
        else:
            world.settings.append(world.policies[digest])
    world.once.add(item)
    world.expected[item] = version
    world.signers[item] = held


def unsure(world: World, persons: set[str]) -> None:
    """What these people signed may be out or not: it was theirs to sign when they did."""
    for item, held in world.signers.items():
        if held & persons:
            world.expected.pop(item, None)


def approves(world: World) -> None:
    """The usual way: somebody edits, or not, and the right people sign."""
    item = choose(world)
    version = world.current(item)
    if version is None or world.rng.random() < 0.7:
        version = world.edit(item)
    fresh = all(n.files != version.files for n in world.there_now(item))
    if through(world, item, version) and not fresh:
        world.expected.pop(item, None)


def signs(world: World) -> None:
    """One step by anybody, on what lies there or on anything else that ever lay there."""
    item = choose(world) if world.rng.random() < 0.9 else world.rng.choice(sorted(SETTINGS))
    known = [v for v in world.versions.values() if v.item == item]
    version = world.current(item) if item not in SETTINGS else None
    if version is None or world.rng.random() < 0.3:
        version = world.rng.choice(known)
    for _ in range(world.rng.randint(1, 4)):
        person = world.rng.choice([*STAFF, "mallory"])
        world.say(item, "approve", world.rng.choice(ALL), world.keys[person], version)
    if item in SETTINGS:
        world.shaken = True
    else:
        doubt(world, item)
        if world.rng.random() < 0.5:
            world.store(version)


def doubt(world: World, item: str) -> None:
    world.expected.pop(item, None)
    world.look()
    for steps in {p for policy in world.settings for p in policy.values()}:
        for version in [v for v in world.versions.values() if v.item == item]:
            if any(world.whole(version, steps, people) for people in world.people):
                world.once.add(item)


def takes_away(world: World) -> None:
    item = choose(world)
    known = [v for v in world.versions.values() if v.item == item]
    version = world.rng.choice(known)
    key = world.keys[world.rng.choice([*STAFF, "mallory"])]
    decision = world.rng.choice(["withdraw", "reject"])
    time = "2099-01-01T00:00:00+08:00" if world.rng.random() < 0.1 else ""
    line = world.lines[
        world.say(
            item, decision, "" if decision == "withdraw" else "first", key, version, time=time
        )
    ]
    if world.ever(line):
        if decision == "withdraw":
            world.expected[item] = None
        elif item in world.expected and world.expected[item] == version:
            world.expected.pop(item)


def revokes(world: World) -> None:
    """A key ends, for the future or from the beginning; sometimes by nobody's word."""
    person = world.rng.choice(sorted(STAFF))
    by = world.rng.choice([*STAFF, "mallory"])
    void = world.rng.random() < 0.3
    subject = ("void:" if void else "") + world.keys[person].name
    text = world.say(f"key:{person}", "revoke", "", world.keys[by], person=by, subject=subject)
    if void and world.ever(world.lines[text]):
        unsure(world, {person})
        world.sure_orgs = world.sure_orgs and person not in world.signers.get(ORGS_ITEM, set())


# --- what an insider does -----------------------------------------------------------------------------


def some_log(world: World) -> str:
    found = [i for i in world.logged() if i.partition(":")[0] != "key" and i not in SETTINGS]
    if world.rng.random() < 0.05:
        found = world.logged()
    return world.rng.choice(found) if found else ""


# What is wrong with a round of reviews that is right but for one thing.
WRONG = (
    *("twice", "order", "stranger to the step", "division", "future", "early", "ended"),
    *("unseen withdrawal", "moved withdrawal", "moved rejection", "gap", "one step less"),
    *("other bytes", "line of another"),
)


def nearly(world: World) -> None:
    """All steps on a new version, right but for one thing."""
    wrong, item = world.rng.choice(WRONG), choose(world)
    version = world.edit(item, division="nbc" if wrong == "division" else "mlk")
    plan = planned(world, wrong)
    more: dict[str, dict[str, Any]] = {step: {} for step in plan}
    if wrong == "future":
        more["final"]["time"] = "2027-01-01T00:00:00+08:00"
    elif wrong == "early":
        more["first"]["time"] = "2025-12-31T00:00:00+08:00"
    elif wrong == "division":
        more["first"]["division"] = world.rng.choice(["mlk", "nbc"])
    elif wrong == "ended":
        ends(world, plan[world.rng.choice(sorted(plan))])
    before: tuple[str, ...] | None = None
    if wrong == "unseen withdrawal":
        before = world.heads(item)
        world.say(item, "withdraw", "", world.keys["wu"], version)
    for step, person in plan.items():
        text = world.say(
            item, "approve", step, world.keys[person], version, before=before, **more[step]
        )
        before = (sha(text.encode()),)
    world.store(version)
    doubt(world, item)
    spoilt(world, wrong, item, version)


def planned(world: World, wrong: str) -> dict[str, str]:
    """Step → person, in the order of signing."""
    plan = {"first": "sun", "second": "wang", "secrecy": "chen", "final": "zhao"}
    for step, other in (("second", "qian"), ("secrecy", "zhou"), ("final", "qian")):
        if other not in plan.values() and world.rng.random() < 0.4:
            plan[step] = other
    if wrong == "twice":
        plan |= dict.fromkeys(world.rng.sample(sorted(plan), 2), "wu")
    elif wrong == "order":
        plan = {s: plan[s] for s in ("second", "final", "secrecy", "first")}
    elif wrong == "stranger to the step":
        step = world.rng.choice(["second", "final", "secrecy"])
        plan[step] = world.rng.choice(["li", "mallory"])
    elif wrong == "division":
        plan["first"] = "li"
    elif wrong == "one step less":
        del plan[world.rng.choice(sorted(plan))]
    return plan


def ends(world: World, person: str) -> None:
    """Somebody's key is revoked."""
    void = "void:" if world.rng.random() < 0.5 else ""
    subject = void + world.keys[person].name
    world.say(f"key:{person}", "revoke", "", world.keys["zhou"], subject=subject)
    unsure(world, {person})
    world.sure_orgs = world.sure_orgs and person not in world.signers.get(ORGS_ITEM, set())


def spoilt(world: World, wrong: str, item: str, version: Version) -> None:
    """What happens after the last signature."""
    decision = {"moved withdrawal": "withdraw", "moved rejection": "reject"}.get(wrong)
    if decision:
        step = "" if decision == "withdraw" else "first"
        world.say(item, decision, step, world.keys["wu"], version)
        rows = world.log(item).read_bytes().splitlines(keepends=True)
        world.log(item).write_bytes(b"".join([rows[-1], *rows[:-1]]))
    elif wrong == "gap":
        rows = world.log(item).read_bytes().splitlines(keepends=True)
        del rows[world.rng.choice([-2, -3, -4])]
        world.log(item).write_bytes(b"".join(rows))
    elif wrong == "other bytes":
        mark = world.mark("b")
        path, digest = next((p, d) for p, d in sorted(version.files) if not p.endswith(".png"))
        old = next(m for m, owner in world.texts.items() if owner == (path, digest) and m[2] == "b")
        data = world.kept[digest].replace(old.encode(), mark.encode())
        world.texts[mark] = path, world.put(path, data)
    elif wrong == "line of another":
        other = world.rng.choice([i for i in sorted(world.paths) if i != item])
        world.edit(other)
        world.log(other).parent.mkdir(parents=True, exist_ok=True)
        with world.log(other).open("ab") as file:
            file.write(b"".join(world.log(item).read_bytes().splitlines(keepends=True)[-4:]))
    world.look()
    if "withdrawal" in wrong:
        world.expected[item] = None


def forges(world: World) -> None:
    """All steps on what lies there, with a key that nobody registered, or one's own."""
    item = choose(world)
    version = world.current(item) or world.edit(item)
    own = world.rng.random() < 0.3
    key = world.keys["mallory" if not own else world.rng.choice(sorted(STAFF))]
    for step in ALL:
        person = world.rng.choice([p for p, (may, _) in STAFF.items() if step in may])
        claimed = world.keys[person].name if not own and world.rng.random() < 0.6 else ""
        world.say(item, "approve", step, key, version, person=person, claimed=claimed)
    if own:
        doubt(world, item)


def misdates(world: World) -> None:
    item = choose(world)
    version = world.current(item) or world.edit(item)
    for step in ALL:
        able = [p for p, (may, _) in STAFF.items() if step in may]
        time = world.rng.choice(["2025-12-31T09:00:00+08:00", "2026-12-31T09:00:00+08:00"])
        key = world.keys[world.rng.choice(able)]
        world.say(item, "approve", step, key, version, time=time)
    doubt(world, item)


def spoil(
    change: Callable[[World, list[bytes]], list[bytes]], harmless: bool
) -> Callable[..., None]:
    def act(world: World) -> None:
        item = some_log(world)
        if not item:
            return
        rows = [r for r in world.log(item).read_bytes().split(b"\n") if r]
        if not rows:
            return
        world.log(item).write_bytes(b"\n".join(change(world, rows)) + b"\n")
        if harmless:
            return
        if item in SETTINGS or item.startswith("key:"):
            world.shaken, world.sure_orgs = True, False
            world.expected.clear()
        else:
            doubt(world, item)
            if change is flipped:
                world.muddled.add(item)

    act.__name__ = change.__name__
    return act


def flipped(world: World, rows: list[bytes]) -> list[bytes]:
    at = world.rng.randrange(len(rows))
    bad = bytearray(rows[at])
    bad[world.rng.randrange(len(bad))] ^= 1 << world.rng.randrange(8)
    return [*rows[:at], bytes(bad), *rows[at + 1 :]]


def taken_out(world: World, rows: list[bytes]) -> list[bytes]:
    at = world.rng.randrange(len(rows))
    return rows[:at] + rows[at + 1 :]


def swapped(world: World, rows: list[bytes]) -> list[bytes]:
    rows = list(rows)
    world.rng.shuffle(rows)
    return rows


def doubled(world: World, rows: list[bytes]) -> list[bytes]:
    return [*rows, world.rng.choice(rows), b"{}", b"junk"]


def from_elsewhere(world: World, rows: list[bytes]) -> list[bytes]:
    other = some_log(world)
    return rows + world.log(other).read_bytes().split(b"\n")[:3]


def joins(world: World) -> None:
    """Two branches of reviews on the same files, then both logs as one, in any order."""
    base = {i: world.log(i).read_bytes() for i in world.logged()}
    acts = [approves, signs, takes_away]
    for act in world.rng.sample(acts, 2):
        act(world)
    mine = {i: world.log(i).read_bytes() for i in world.logged()}
    for item in mine:
        world.log(item).write_bytes(base.get(item, b""))
    changed = {i for i in mine if mine[i] != base.get(i, b"")}
    for act in world.rng.sample(acts, 2):
        act(world)
    for item in sorted({*mine, *world.logged()}):
        theirs = world.log(item).read_bytes() if world.log(item).exists() else b""
        rows = list(dict.fromkeys([*mine.get(item, b"").split(b"\n"), *theirs.split(b"\n")]))
        world.rng.shuffle(rows)
        world.log(item).write_bytes(b"\n".join(r for r in rows if r) + b"\n")
    for item in changed:
        if item in SETTINGS or item.startswith("key:"):
            world.shaken, world.sure_orgs = True, False
        else:
            doubt(world, item)


def mends(world: World) -> None:
    """Whatever lines there ever were come back."""
    for text, line in world.lines.items():
        if text not in world.rows(line.item):
            world.log(line.item).parent.mkdir(parents=True, exist_ok=True)
            with world.log(line.item).open("ab") as file:
                file.write(b"\n" + text.encode() + b"\n")
            if line.item not in SETTINGS and not line.item.startswith("key:"):
                doubt(world, line.item)
            else:
                world.shaken, world.sure_orgs = True, False
                world.expected.clear()


ACTS: list[tuple[int, Callable[[World], None]]] = [
    (5, edits),
    (3, paints),
    (2, brings_back),
    (2, deletes),
    (1, renames),
    (1, breaks),
    (2, settles),
    (2, commits),
    (14, approves),
    (4, signs),
    (3, takes_away),
    (1, revokes),
    (9, nearly),
    (2, forges),
    (1, misdates),
    (1, spoil(flipped, harmless=False)),
    (1, spoil(taken_out, harmless=False)),
    (2, spoil(swapped, harmless=True)),
    (2, spoil(doubled, harmless=True)),
    (1, spoil(from_elsewhere, harmless=True)),
    (1, joins),
    (1, mends),
]
