#!/usr/bin/env python3
# ruff: noqa: B905, D103, PTH123  # older Pythons than ours are to run it, alone
"""大赛名次重算：只用 Python 自带的库，和服务的程序没有一行相同。

用法：python3 contest_recount.py 记录.jsonl
记录从大赛页面下载。算出来的名次、奖项和公布的一样，退出码 0；不一样，逐条说出来，退出码 1。

先看每一行的规矩（记录一行一个 JSON，键 line 说这一行是什么）：
contest 规则；round 种子；work 作品；judge 专家代号；bar 回避；score 打分；struck 取消资格；place 公布的名次。
"""

import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any


def mean(numbers: Sequence[Fraction]) -> Fraction:
    return sum(numbers, Fraction(0)) / Fraction(len(numbers))


def without_ends(numbers: Sequence[Fraction], drop: bool) -> Fraction:
    if drop and len(numbers) >= 5:
        numbers = sorted(numbers)[1:-1]
    return mean(numbers)


def rounded(value: Fraction, digits: int) -> str:
    """四舍五入到 digits 位小数，写成字。"""
    shifted = value * 10**digits + Fraction(1, 2)
    whole = shifted.numerator // shifted.denominator
    if not digits:
        return str(whole)
    text = str(whole).rjust(digits + 1, "0")
    return f"{text[:-digits]}.{text[-digits:]}"


def wrong_scores(told: Any, works: Any, judges: Any, bars: Any) -> Iterator[str]:
    """打分本身有没有不该有的：回避的、同一单位同一市的、打了两次的、分数出格的。"""
    seen: set[tuple[Any, Any]] = set()
    low, high, step = (Fraction(told["contest"]["scale"][k]) for k in ("low", "high", "step"))
    for score in told["scores"]:
        work, judge = works.get(score["work"]), judges.get(score["judge"])
        pair = (score["work"], score["judge"])
        if work is None or judge is None:
            yield f"{pair}：没有这件作品或这位专家"
            continue
        if pair in seen:
            yield f"{pair}：打了两次"
        seen.add(pair)
        if pair in bars:
            yield f"{pair}：应当回避"
        if set(judge.get("of", ())) & set(work.get("of", ())):
            yield f"{pair}：同一单位或同一市"
        if len(score["values"]) != len(told["contest"]["criteria"]):
            yield f"{pair}：项数不对"
        for value in map(Fraction, score["values"]):
            if not low <= value <= high or (value - low) % step:
                yield f"{pair}：{value} 不在分数档里"


def ranking(told: Any, works: Any, struck: Any) -> list[tuple[Any, ...]]:
    """照规则排出的名次，一行一个：类别、名次、作品、分、奖。"""
    contest, seed = told["contest"], told["round"]["seed"]
    weights = [Fraction(c["weight"]) for c in contest["criteria"]]
    by_work: dict[Any, list[list[Fraction]]] = {}
    for score in told["scores"]:
        by_work.setdefault(score["work"], []).append([Fraction(v) for v in score["values"]])
    lines = []
    for category in contest["categories"]:
        rows = []
        for number, work in works.items():
            if work["category"] != category or number in struck or number not in by_work:
                continue
            given = by_work[number]
            sums = [sum((w * v for w, v in zip(weights, values)), Fraction(0)) for values in given]
            first = without_ends(sums, contest["drop"])
            keys = [-first, -mean(sums)]
            keys += [-mean([values[n] for values in given]) for n in range(len(weights))]
            ticket = hashlib.sha256(f"{seed}|draw|{number}".encode()).hexdigest()
            rows.append((keys, ticket, number, first))
        rows.sort()
        prizes = list(contest["awards"])
        used = 0
        for place, (_, _, number, score) in enumerate(rows, 1):
            while prizes and (
                (prizes[0]["count"] and used >= prizes[0]["count"])
                or score < Fraction(prizes[0]["least"])
            ):
                prizes.pop(0)
                used = 0
            award = prizes[0]["name"] if prizes else ""
            used += 1
            lines.append((category, place, number, rounded(score, contest["digits"]), award))
    return lines


def read(path: str) -> dict[str, Any]:
    """把记录读进来，按行的种类放好。"""
    told: dict[str, Any] = {
        "scores": [],
        "works": [],
        "judges": [],
        "bars": [],
        "struck": [],
        "places": [],
    }
    names = {
        "score": "scores",
        "work": "works",
        "judge": "judges",
        "bar": "bars",
        "struck": "struck",
        "place": "places",
    }
    with open(path, encoding="utf-8") as file:
        for text in file:
            row = json.loads(text)
            kind = row.pop("line")
            if kind in names:
                told[names[kind]].append(row)
            else:
                told[kind] = row
    return told


def main(path: str) -> int:
    """重算一遍，说出不同；返回退出码。"""
    told = read(path)
    works = {w["id"]: w for w in told["works"]}
    judges = {j["id"]: j for j in told["judges"]}
    bars = {(b["work"], b["judge"]) for b in told["bars"]}
    struck = {s["work"] for s in told["struck"]}
    faults = list(wrong_scores(told, works, judges, bars))
    least = told["contest"]["least"]
    for number in works:
        n = sum(s["work"] == number for s in told["scores"])
        if n < least and number not in struck:
            faults.append(f"作品 {number} 只有 {n} 位专家打分，规则要 {least} 位")
    again = ranking(told, works, struck)
    listed = [(p["category"], p["place"], p["work"], p["mean"], p["award"]) for p in told["places"]]
    for mine, theirs in zip(again, listed):
        if mine != theirs:
            faults.append(f"算出来 {mine}，公布的 {theirs}")
    if len(again) != len(listed):
        faults.append(f"算出来 {len(again)} 个名次，公布的 {len(listed)} 个")
    for fault in faults:
        print(fault)
    if not faults:
        print(f"重算一致：{len(again)} 个名次，{len(told['scores'])} 份打分。")
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
