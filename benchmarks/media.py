"""What media take: films against naive moviepy and the floor of stills, in one run; charts; comics; a rebuild."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from PIL import Image, ImageDraw

from benchmarks.measure import say, verdict

SIZE = (1280, 720)
SCENES, SUBTITLES, SECONDS, FADE = 12, 2, 60, 0.5


def still(scene: int, subtitle: int) -> Image.Image:
    """A picture with lines and a bar for words, another for each scene and subtitle."""
    image = Image.new("RGB", SIZE, (246, 240 - 6 * scene, 220))
    draw = ImageDraw.Draw(image)
    for row in range(8):
        top = 80 + row * 60
        draw.rectangle(
            (80, top, 200 + (scene * 97 + row * 131) % 900, top + 36),
            fill=(40 + 20 * row, 102, 165),
        )
    draw.rectangle((160, 620, 1120 - 200 * subtitle, 690), fill=(37, 34, 30))
    return image


def stills() -> list[list[Image.Image]]:
    """All pictures of the film, by scene."""
    return [[still(n, k) for k in range(SUBTITLES)] for n in range(SCENES)]


def ours(pictures: Sequence[Sequence[Image.Image]], out: Path) -> None:
    """Our writer on both cores: fades between scenes, quick changes of subtitles."""
    from builder.media import film

    frames = SECONDS * film.FPS // (SCENES * SUBTITLES)
    cuts = [[film.Shot(i, frames + (k == 0)) for k, i in enumerate(shots)] for shots in pictures]
    before = [None, *(shots[-1] for shots in pictures[:-1])]
    with ProcessPoolExecutor(2, multiprocessing.get_context("fork")) as pool:
        made = list(pool.map(film.scene, cuts, before))
    lengths = [sum(shot.frames for shot in cut) for cut in cuts]
    out.write_bytes(film.join(zip(made, lengths, strict=True)))


def naive(pictures: Sequence[Sequence[Image.Image]], out: Path) -> None:
    """What a first reading of moviepy's manual gives: clips and titles laid over one another."""
    import numpy as np
    from moviepy import CompositeVideoClip, ImageClip, TextClip, vfx

    from builder.media import fonts

    length = SECONDS / SCENES
    clips = []
    for n, shots in enumerate(pictures):
        clip = ImageClip(np.asarray(shots[0])).with_start(n * length).with_duration(length + FADE)
        clips.append(clip.with_effects([vfx.CrossFadeIn(FADE)]) if n else clip)
        for k in range(SUBTITLES):
            words = TextClip(
                str(fonts.path()), f"第{n}个镜头的第{k}句解说词", font_size=40, color="white"
            )
            at = n * length + k * length / SUBTITLES
            clips.append(
                words.with_start(at)
                .with_duration(length / SUBTITLES)
                .with_position(("center", 630))
            )
    film = CompositeVideoClip(clips).with_duration(SECONDS)
    film.write_videofile(str(out), fps=25, codec="libx264", audio=False, logger=None)


def floor(pictures: Sequence[Sequence[Image.Image]], out: Path) -> None:
    """One still after another by ffmpeg, nothing faded: no film of these pictures costs less."""
    import subprocess

    from imageio_ffmpeg import get_ffmpeg_exe

    lines = []
    for n, image in enumerate(image for shots in pictures for image in shots):
        path = out.with_name(f"still-{n}.png")
        image.save(path, compress_level=1)
        lines += [f"file '{path}'", f"duration {SECONDS / (SCENES * SUBTITLES)}"]
    listed = out.with_name("stills.txt")
    listed.write_text("\n".join(lines), "utf-8")
    command = [
        get_ffmpeg_exe(),
        "-y",
        "-v",
        "error",
        "-f",
        "concat",
        "-safe",
        "0",
        "-i",
        str(listed),
    ]
    command += [
        "-fps_mode",
        "vfr",
        "-c:v",
        "libx264",
        "-tune",
        "stillimage",
        "-pix_fmt",
        "yuv420p",
        str(out),
    ]
    subprocess.run(command, check=True)


def films(rounds: int) -> bool:
    """60 s, 12 scenes, 24 subtitles, fades: at least 18 times as fast as naive moviepy, 3 x the floor."""
    pictures = stills()
    took = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, make in (("ours", ours), ("floor", floor), ("naive", naive)):
            times = [
                _timed(make, pictures, Path(folder) / f"{name}.mp4")
                for _ in range(rounds if name != "naive" else 1)
            ]
            took[name] = sorted(times)[len(times) // 2]
            say(f"{name}: {took[name]:.2f} s")
    print(f"naive moviepy : ours = {took['naive'] / took['ours']:.1f}", end="")
    faster = verdict(took["ours"] / took["naive"], 1 / 18)
    print(f"ours : floor = {took['ours'] / took['floor']:.2f}", end="")
    return verdict(took["ours"] / took["floor"], 3.0) and faster


def _timed(make: Callable[..., object], *args: object) -> float:
    started = time.perf_counter()
    make(*args)
    return time.perf_counter() - started


def charts(rounds: int) -> bool:
    """150 different charts, each drawn once by a warm runtime: median of one picture at most 40 ms."""
    from builder.media.charts import read, svg
    from tests.chart_specs import BY_TYPE, varied

    specs = [
        spec for spec, _ in (read(body, "") for body in [*BY_TYPE.values(), *varied(150)]) if spec
    ]
    for spec in specs[: len(BY_TYPE)]:
        svg(spec)
    medians = []
    for narrow in (False, True)[: max(1, rounds)]:
        times = sorted(_timed(svg, spec, narrow) for spec in specs[len(BY_TYPE) :])
        medians.append(times[len(times) // 2] * 1000)
        shown = "narrow" if narrow else "wide"
        say(
            f"charts, {shown}: median {medians[-1]:.1f} ms, 95 of 100 within {times[142] * 1000:.1f} ms"
        )
    print(f"chart to SVG, median of 150 = {max(medians):.1f} ms", end="")
    return verdict(max(medians), 40.0)


def comics(rounds: int) -> bool:
    """Four-panel comics, another each time, as a 960 px WebP of two columns: median at most 350 ms."""
    from builder.media import comic
    from tests.test_comic import four_panels

    def make(number: int) -> None:
        comic.strip_webp(four_panels(number), "四格漫画", ("示例",), 960, 2)

    make(0)
    numbers = range(1, 10)  # other processes on the machine: the best of some rounds counts
    times = sorted(min(_timed(make, number) for _ in range(rounds)) for number in numbers)
    median = times[len(times) // 2] * 1000
    print(f"4-panel comic to 960 px WebP = {median:.0f} ms", end="")
    return verdict(median, 350.0)


EACH = 20  # of every form
FILMS = 4
TOOLS = ("resvg_py", "PIL", "uharfbuzz", "py_mini_racer", "xlsxwriter", "av", "numpy")
REBUILD = """
import sys, time
from datetime import datetime
from pathlib import Path
started = time.perf_counter()
from builder.build import build
build(Path(sys.argv[1]), Path(sys.argv[2]), [], datetime.fromisoformat(sys.argv[3]), jobs=2)
took = time.perf_counter() - started
print(took, " ".join(name for name in sys.argv[4].split() if name in sys.modules))
"""


def media_tree(root: Path) -> int:
    """A site of comics, infographics, charts, covers, pictures and films; how many of them there are."""
    from tests.chart_specs import varied
    from tests.sitefiles import fact, picture, write, yml
    from tests.test_comic import four_panels

    files: dict[str, str | bytes] = {}
    for n, spec in enumerate(varied(EACH)):
        course = f"courses/ke{n}"
        panels = [{k: v for k, v in p.items() if v is not None} for p in four_panels(n)]
        blocks = [{"title": f"第{k}步", "text": f"先看第{n}张表的说明。"} for k in range(1, 7)]
        files |= {
            f"{course}/course.yml": yml(title=f"第{n}门课"),
            f"{course}/lessons/01-hua.comic.yml": yml(title=f"漫画{n}", panels=panels),
            f"{course}/lessons/02-tu.infographic.yml": yml(
                title=f"图解{n}", layout="steps", blocks=blocks
            ),
            f"{course}/lessons/03-shu.md": fact(f"```chart\n{spec}\n```", title=f"图{n}"),
            f"{course}/lessons/04-pian.md": fact("![照片](zhao.jpg)", title=f"照片{n}"),
            f"{course}/lessons/zhao.jpg": picture("JPEG", size=(1200 + n, 900)),
        }
        if n < FILMS:
            card = {"title": f"第{n}张卡", "lines": ["一行", "两行"]}
            scenes = [{"narration": f"第{n}部片，第{k}幕。", "card": card} for k in range(3)]
            files[f"{course}/lessons/05-ying.video.yml"] = yml(
                title=f"短片{n}", seconds=20, scenes=scenes
            )
    write(root, files)
    return 5 * EACH + FILMS


def rebuild(rounds: int) -> bool:
    """A site of media whose content did not change: at most 50 ms an item, and nothing is drawn."""
    import subprocess

    with tempfile.TemporaryDirectory() as folder:
        root, out = Path(folder) / "root", Path(folder) / "out"
        items = media_tree(root)
        words = [str(root), str(out), "2026-11-20T09:30:00+08:00", " ".join(TOOLS)]
        times = []
        for number in range(rounds + 1):
            command = [sys.executable, "-c", REBUILD, *words]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            took, *loaded = said.split()
            say(f"media, round {number}: {float(took):.2f} s {' '.join(loaded)}")
            if number and loaded:
                print(f"a rebuild loads {' '.join(loaded)}: BROKEN")
                return False
            times.append(float(took))
    best = min(times[1:]) / items * 1000
    print(f"{items} items, cold {times[0]:.1f} s; rebuild when nothing changed, each", end="")
    print(f" = {best:.1f} ms", end="")
    return verdict(best, 50.0)


FIGURES: dict[str, Callable[[int], bool]] = {
    "films": films,
    "charts": charts,
    "comics": comics,
    "rebuild": rebuild,
}


def main() -> int:
    """Print the figures asked for; exit 1 when a bar is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", nargs="*", choices=tuple(FIGURES), default=list(FIGURES))
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    held = [FIGURES[name](chosen.rounds) for name in chosen.figures]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
