"""What a plan judges: WeChat's limits, who may see it, what was withdrawn, and what only a person can do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from builder.bundle import Bundle
from publish.ledger import Ledger
from publish.wechat import limits, mass
from publish.wechat.pushes import WITHDRAWAL, File, Gone, Piece, Push
from publish.wechat.quota import needs
from publish.wechat.records import Records
from publish.wechat.step import ENDING, TAKING, Step
from publish.wechat.steps import Wishes, final, out, running, same

STILL = {".jpg", ".jpeg", ".png"}


def refusals(
    bundle: Bundle,
    push: Push,
    gone: Sequence[Gone],
    ledger: Ledger,
    wishes: Wishes,
    now: datetime,
    todo: Sequence[Step],
) -> list[str]:
    """Why this push may not go out, in Chinese; nothing when it may. `todo`: what would be done."""
    records, end = Records(ledger, push.account), final(push, wishes)
    found = gates(bundle, push, gone, wishes, todo)
    if push.kind == WITHDRAWAL:
        return found
    if end == "mass" and not running(push, records) and not _is_out(push, records, wishes):
        moment = max(now, push.after) if push.after else now
        found += mass.refused(ledger, push, moment)
    return found + list(_again(push, records, wishes))


def gates(
    bundle: Bundle, push: Push, gone: Sequence[Gone], wishes: Wishes, todo: Sequence[Step]
) -> list[str]:
    """What holds whatever was done before: audience, approvals, WeChat's limits, what the account may do.

    Where nothing more goes out, only waiting for what did and taking back, the articles are not judged.
    """
    found, end = list(_public(bundle)), final(push, wishes)
    if push.kind == WITHDRAWAL or (todo and all(s.do in ENDING for s in todo)):
        return found
    found += _held(push, gone)
    for place, piece in enumerate(push.pieces, 1):
        found += [f"第 {place} 篇《{piece.title}》：{why}" for why in _limits(piece, push.kind)]
    if not 1 <= len(push.pieces) <= limits.ARTICLES:
        found.append(f"一次推送要有 1 到 {limits.ARTICLES} 篇，这里有 {len(push.pieces)} 篇。")
    if not push.verified and end in {"publish", "mass"}:
        found.append(
            f"公众号“{push.name}”没有认证，微信不让程序发布和群发：改成存草稿，由人在后台发表。"
        )
    return found


def short(ledger: Ledger, push: Push, todo: Sequence[Step], now: datetime) -> list[str]:
    """Where today's quota is too small. Taking back goes as far as it reaches, and on tomorrow: that refuses nothing."""
    own = [(s.api, s.calls) for s in todo if s.do not in TAKING]
    found = needs(ledger, push.account, own, now)
    return [f"今天的额度不够。{n.words}。明天再推。" for n in found if not n.enough]


def _is_out(push: Push, records: Records, wishes: Wishes) -> bool:
    last = out(push, records)
    return last is not None and last.state == "sent" and same(push, last) and not wishes.again


def _public(bundle: Bundle) -> Iterator[str]:
    if not bundle.header.get("public"):
        yield f"这是{bundle.header.get('edition')}版的成品包，不是面向社会公开的：公众号只能推互联网版。"


def _held(push: Push, gone: Sequence[Gone]) -> Iterator[str]:
    """Articles that come from nowhere, or hold what is withdrawn."""
    ids = {g.id for g in gone}
    for place, piece in enumerate(push.pieces, 1):
        if not piece.entries:
            yield f"第 {place} 篇《{piece.title}》没有写明出自哪些批准了的篇目：重新生成成品包。"
        for entry in sorted(ids & {piece.id, *piece.entries}):
            yield f"第 {place} 篇《{piece.title}》里的 {entry} 已经撤回：从推送里去掉，重新审批、生成。"


def _again(push: Push, records: Records, wishes: Wishes) -> Iterator[str]:
    """Sending once more what is out, or what WeChat turned down, must be somebody's decision."""
    last = out(push, records)
    if last is None or wishes.again or last.state in {"running", "waiting"}:
        return
    if last.state in {"published", "sent"} and not same(push, last):
        yield (
            f"这个推送 {last.at[:16].replace('T', ' ')} 已经发出，内容后来改过。发出的文章不能用接口改，"
            "再推就是另外一篇：确实要再发，加 --again 重新计划。"
        )
    if last.state == "failed" and same(push, last):
        yield (
            f"这个推送 {last.at[:16].replace('T', ' ')} 没有成功，内容也没改：在后台看清原因再说，"
            "确实要原样再发，加 --again 重新计划。"
        )


def _limits(piece: Piece, kind: str) -> Iterator[str]:
    """Where an article is above what WeChat takes."""
    lengths = (
        ("题目", piece.title, limits.TITLE),
        ("作者", piece.author, limits.AUTHOR),
        ("摘要", piece.summary, limits.DIGEST),
    )
    for name, text, most in lengths:
        if len(text) > most:
            yield f"{name} {len(text)} 个字，微信最多 {most} 个：改短。"
    if not piece.title:
        yield "没有题目。"
    if len(piece.marker.encode()) > limits.SOURCE_URL:
        yield f"“阅读原文”的网址超过 {limits.SOURCE_URL} 字节：改短地址。"
    if not piece.marker:
        yield "没有“阅读原文”的网址，推过以后就认不出它：重新生成成品包。"
    if kind == "newspic":
        yield from _newspic(piece)
    elif kind == "video":
        yield from _film(piece)
    else:
        yield from _news(piece)


def _news(piece: Piece) -> Iterator[str]:
    size = len(piece.html.encode())
    if not piece.html.strip():
        yield "没有正文。"
    if len(piece.html) >= limits.CONTENT:
        yield f"正文连标签 {len(piece.html):,} 个字符，要少于 {limits.CONTENT:,}：拆成两篇或删减。"
    if size >= limits.CONTENT_BYTES:
        yield f"正文 {size:,} 字节，要少于 {limits.CONTENT_BYTES:,}：拆成两篇或删减。"
    if piece.cover is None:
        yield "没有封面图。"
    for file in piece.body:
        yield from _picture(file, limits.UPLOADIMG_BYTES)
    if piece.cover:
        yield from _picture(piece.cover, limits.MATERIAL_IMAGE_BYTES)


def _picture(file: File, most: int) -> Iterator[str]:
    if file.suffix not in STILL:
        yield f"图片 {file.path} 不是 jpg 或 png：重新生成成品包。"
    if not 0 < file.size < most:
        yield f"图片 {file.path} 有 {file.size:,} 字节，要大于 0、小于 {most:,}：压缩后重新生成。"


def _newspic(piece: Piece) -> Iterator[str]:
    if not 1 <= len(piece.pictures) <= limits.NEWSPIC:
        yield f"贴图要有 1 到 {limits.NEWSPIC} 张图，这里有 {len(piece.pictures)} 张。"
    for file in piece.pictures:
        yield from _picture(file, limits.MATERIAL_IMAGE_BYTES)


def _film(piece: Piece) -> Iterator[str]:
    if piece.film is None:
        yield "没有视频文件。"
    elif piece.film.suffix != ".mp4":
        yield f"视频 {piece.film.path} 不是 mp4：重新生成成品包。"
    elif piece.film.size > limits.MATERIAL_VIDEO_BYTES:
        yield f"视频有 {piece.film.size:,} 字节，微信最多收 {limits.MATERIAL_VIDEO_BYTES:,}：压小，或在后台手工上传。"


def sizes(push: Push) -> list[str]:
    """How much of WeChat's limits each article takes."""
    rows = []
    for place, piece in enumerate(push.pieces, 1):
        if push.kind == "newspic":
            what = f"{len(piece.pictures)}/{limits.NEWSPIC} 张图，文字 {len(piece.text)} 字"
        elif push.kind == "video":
            what = f"视频 {piece.film.size if piece.film else 0:,}/{limits.MATERIAL_VIDEO_BYTES:,} 字节"
        else:
            what = f"正文 {len(piece.html):,}/{limits.CONTENT:,} 字符、{len(piece.html.encode()):,} 字节，{len(piece.body)} 张图"
        words = f"题目 {len(piece.title)}/{limits.TITLE}，摘要 {len(piece.summary)}/{limits.DIGEST}"
        rows.append(f"第 {place} 篇《{piece.title}》：{what}，{words}")
    return rows


def by_hand(push: Push, wishes: Wishes, records: Records) -> list[str]:
    """What a person must still do, because WeChat's interface has nothing for it, or nobody else may decide."""
    end = final(push, wishes)
    found: list[str] = []
    if push.kind == WITHDRAWAL:
        return found
    theirs = [
        a["title"] for d in records.drafts(push.id)[-1:] for a in d.articles if a.get("theirs")
    ]
    if theirs:
        found.append(
            f"草稿里《{'》《'.join(theirs)}》留用了后台改过的样子，程序不发：由人发表，或者推的时候加 --overwrite 盖掉。"
        )
    made = [str(n) for n, p in enumerate(push.pieces, 1) if p.ai]
    if made:
        found.append(
            f"第 {'、'.join(made)} 篇有机器生成的内容：在后台这份草稿里勾选“创作来源 · 内容由 AI 生成”，接口没有这一项。"
        )
    if push.kind not in {"newspic", "video"}:
        found.append("看封面：消息里的宽图（2.35:1）和转发时的方图（1:1）裁得对不对。")
        found.append("要声明原创的，在后台勾选，接口没有这一项。")
    if end == "draft":
        found.append("到公众号后台的草稿箱看过，由人发表。")
    if end == "material":
        found.append(
            "视频只传进素材库：到公众号后台选它发出；要程序接着群发，加 --finish 重新计划。"
        )
    if end == "mass":
        found += mass.by_hand()
    return found
