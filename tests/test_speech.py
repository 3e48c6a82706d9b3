"""Narration: figures are read as a newsreader would; captions lose nothing; a broken voice never stops a build."""

from __future__ import annotations

import itertools
import random
import re
import sys
import time
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.config import NarrationConfig
from builder.media import voice_choice, voice_command, voice_samples
from builder.media.narration import (
    PACE,
    Recorded,
    Silent,
    Synthetic,
    Unavailable,
    estimate,
    narrate,
    notices,
)
from builder.media.speech import Sentence, in_hanzi, said, speak, syllables
from builder.media.speech_lexicon import extended, house, read
from builder.media.speech_numbers import value
from builder.media.subtitles import LINES, SHORTEST, SIZE, WIDE, Cue, captions, transcript, webvtt
from builder.media.text_layout import NEVER_FIRST, measure
from builder.media.voice_espeak import espeak
from builder.media.voice_kokoro import kokoro, sounds
from builder.media.voice_phonemes import VOCABULARY, phonemes
from builder.problems import CATALOGUE, Where

PHRASES = dict(
    line.split(" → ")
    for line in (Path(__file__).parent / "speech_phrases.txt").read_text("utf-8").splitlines()
    if " → " in line and not line.startswith("# ")
)
TEXT = "2024年1—8月，全省规模以上工业增加值同比增长5.2%。CPI下降0.1%，回落0.2个百分点。"


@pytest.mark.parametrize(("written", "spoken"), PHRASES.items(), ids=range(len(PHRASES)))
def test_read_aloud(written: str, spoken: str) -> None:
    assert said(written) == spoken


def test_there_are_enough_phrases() -> None:
    assert len(PHRASES) >= 150


def test_numbers_read_back() -> None:
    """Every value is read so that it can be counted back: no nought and no 万 or 亿 lost."""
    rng = random.Random(3)
    numbers = [rng.randrange(10 ** rng.randrange(1, 14)) for _ in range(3000)]
    for number in [
        *range(0, 20001, 7),
        *(10**n for n in range(13)),
        *(10**n + 1 for n in range(13)),
        *numbers,
    ]:
        spoken = value(str(number))
        assert counted(spoken) == number, (number, spoken)
        assert "零零" not in spoken
        assert "万亿万" not in spoken
        assert value(f"{number:,}") == spoken


def counted(text: str) -> int:
    total = section = digit = 0
    for c in text.replace("两", "二"):
        if c in "零一二三四五六七八九":
            digit = "零一二三四五六七八九".index(c)
        elif c in "十百千":
            section += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[c]
            digit = 0
        elif c == "万":
            total, section, digit = total + (section + digit) * 10**4, 0, 0
        elif c == "亿":
            total, section, digit = (total + section + digit) * 10**8, 0, 0
    return total + section + digit


STREWN = st.lists(  # YAML lets no control characters through
    st.sampled_from(
        ["2024年", "1—8月", "12,345.67亿元", "-1.5%", "5%～8%", "GDP", "R&D", "（", "）", "“", "”", "《", "》", "增长", "统计调查", "，",
         "。", "；", "、", "：", "10:30", "3:2", "1/3", "B204-1表", "12340", "\n", " ", "**", "==", "[四上](term:a)", "![图](a.png)", "—",
         "——", "……", "①", "㎡", "万", "第", "条", "-", "+", "±", "~", "/", "%", "￥", "a@b.cn", "https://a.cn/x", "<b>", "\\", "`", "|"]
    )
    | st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=6),
    max_size=40,
).map("".join)  # fmt: skip


@settings(max_examples=300)
@given(STREWN)
def test_whatever_is_written_can_be_spoken(text: str) -> None:
    sentences = speak(text)
    at = 0
    for sentence in sentences:
        assert at <= sentence.start < sentence.end <= len(text)
        assert re.search("[一-鿿A-Za-z]", sentence.spoken)
        assert not re.search("[0-9%《》“”*=|]", sentence.spoken.replace("＝", ""))
        assert [p.start for p in sentence.pieces] == sorted({p.start for p in sentence.pieces})
        assert all(0 <= h.start < h.end <= len(sentence.spoken) for h in sentence.hints)
        assert all(h.end - h.start == len(h.pinyin.split()) for h in sentence.hints)
        assert 0 < sentence.pause < 1
        at = sentence.end
    shown_whole(sentences, Silent().speak(sentences, house()).spans)


def shown_whole(sentences: Sequence[Sentence], spans: Sequence[tuple[float, float]]) -> list[Cue]:
    """The captions, after all that must hold for them was looked at."""
    cues = captions(sentences, spans)
    joined = "".join("".join(cue.lines) for cue in cues)
    assert "".join(joined.split()) == "".join("".join(s.shown for s in sentences).split())
    for cue, following in itertools.pairwise(cues):
        assert cue.end <= following.start
    for cue in cues:
        assert cue.end - cue.start >= SHORTEST - 0.002
        assert 1 <= len(cue.lines) <= LINES
        assert all(measure(line, SIZE) <= WIDE * SIZE + 1 or len(line) == 1 for line in cue.lines)
    return cues


WORDS = [
    "统计局",
    "发布",
    "全省",
    "规模以上工业",
    "增加值",
    "居民消费价格",
    "同比增长",
    "回落",
    "企业",
    "调查单位",
    "的",
    "和",
]
FIGURES = [
    "1—8月",
    "12,345.67亿元",
    "5.2%",
    "0.2个百分点",
    "10:30",
    "3:2",
    "1/3",
    "10-15人",
    "2.5万千瓦时",
    "二十四小时",
]


@pytest.mark.parametrize("seed", range(60))
def test_captions_keep_figures_whole(seed: int) -> None:
    rng = random.Random(seed)
    text = "".join(
        rng.choice(WORDS)
        + (rng.choice(FIGURES) if rng.random() < 0.4 else "")
        + (rng.choice("，，。、；") if rng.random() < 0.25 else "")
        for _ in range(rng.randrange(5, 80))
    )
    sentences = speak(text)
    cues = shown_whole(sentences, Silent().speak(sentences, house()).spans)
    lines = [line for cue in cues for line in cue.lines]
    for figure in FIGURES:
        assert sum(line.count(figure) for line in lines) == "".join(lines).count(figure)
    assert not any(line[0] in NEVER_FIRST for line in lines)


def test_captions_show_what_was_written_while_the_voice_reads_words() -> None:
    sentences = speak("**2024年**GDP增长5.2%，见[四上单位](term:sishang)。")
    assert sentences[0].shown == "2024年GDP增长5.2%，见四上单位。"
    assert sentences[0].spoken == "二零二四年G D P增长百分之五点二，见四上单位。"
    (cue,) = captions(sentences, [(0.0, 4.0)])
    assert "".join(cue.lines) == sentences[0].shown


def test_webvtt_is_one_that_browsers_read() -> None:
    text = "先看 A<B --> C & D。\n\n再看第二句，" + "很长" * 40 + "。"
    sentences = speak(text)
    written = webvtt(captions(sentences, Silent().speak(sentences, house()).spans))
    blocks = written.rstrip("\n").split("\n\n")
    assert blocks[0] == "WEBVTT"
    for number, block in enumerate(blocks[1:], 1):
        first, times, *lines = block.split("\n")
        assert first == str(number)
        assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3} --> \d\d:\d\d:\d\d\.\d{3}", times)
        assert lines
        assert not any(re.search("-->|<|&(?!amp;|lt;|gt;)", line) for line in lines)
    assert (
        transcript([speak("第一句。第二句。"), [], speak("又一幕。")])
        == "第一句。第二句。\n又一幕。\n"
    )


def test_a_site_extends_the_lexicon() -> None:
    own, problems = read("words:\n  SHEC: 示范经济\npinyin:\n  示范: shi4 fan4\n", "a.yml")
    assert problems == []
    book = extended(own)
    assert said("SHEC与GDP", book) == "示范经济与G D P"
    assert speak("示范省", book)[0].hints[0].pinyin == "shi4 fan4"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("pinyin:\n  增长: zeng1\n", "NAR001"),
        ("pinyin:\n  增长: zeng zhang\n", "FMT004"),
        ("words:\n  A: 100%\n", "FMT004"),
        ("wrods:\n  A: 甲\n", "FMT002"),
        ("words: [a\n", "YML001"),
    ],
)
def test_a_wrong_lexicon_is_told_with_its_place(written: str, code: str) -> None:
    own, problems = read(written, "content/a.yml")
    assert own.words == {}
    assert [p.code for p in problems] == [code]
    assert problems[0].where.path == "content/a.yml"
    assert problems[0].where.line > 0
    assert code in CATALOGUE


def test_the_lexicon_named_in_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "own.yml").write_text("words:\n  XYZ: 某某\n", "utf-8")
    book, problems = voice_choice.lexicon(tmp_path, NarrationConfig(lexicon="own.yml"))
    assert (book.words["XYZ"], problems) == ("某某", [])
    for name in ("none.yml", "../a.yml", "own.txt", "/etc/passwd"):
        book, problems = voice_choice.lexicon(tmp_path, NarrationConfig(lexicon=name))
        assert book is house()
        assert [p.code for p in problems] == ["NAR001"]


def tone(length: float, gap: float = 0.0, rate: int = voice_samples.RATE) -> bytes:
    """A hum of so many seconds and silence after it, as samples."""
    wave = array("h", (8000 if i // 40 % 2 else -8000 for i in range(round(length * rate))))
    return voice_samples.to_bytes(wave) + bytes(2 * round(gap * rate))


def test_silence_is_timed_as_speech_would_be() -> None:
    track = narrate(speak(TEXT), [])
    assert track.pcm is None
    assert not track.synthetic
    assert track.engine == "silent"
    assert track.seconds == pytest.approx(syllables(said(TEXT)) / PACE + 0.75 + 0.8 - 0.25, abs=0.6)


def test_a_recording_wins_and_its_pauses_part_the_sentences() -> None:
    sentences = speak(TEXT)
    lengths = [estimate(s.spoken) * 0.9 for s in sentences]
    pcm = tone(0, 0.5) + tone(lengths[0], 0.45) + tone(lengths[1], 0.3)
    track = narrate(sentences, [Recorded(voice_samples.to_wav(pcm)), Silent()])
    assert (track.engine, track.skipped, track.synthetic) == ("recorded", (), False)
    assert track.pcm == pcm
    assert track.seconds == pytest.approx(len(pcm) / 48000)
    (a, b), (c, d) = track.spans
    expected = [0.5, 0.5 + lengths[0], 0.95 + lengths[0], 0.95 + sum(lengths)]
    assert [a, b, c, d] == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"x" * 99,
        b"RIFF" + b"\0" * 60,
        voice_samples.to_wav(bytes(9600)),
        voice_samples.to_wav(tone(1))[:900],
    ],
)
def test_a_bad_recording_gives_way(bad: bytes) -> None:
    track = narrate(speak(TEXT), [Recorded(bad), Silent()])
    assert track.engine == "silent"
    assert track.skipped[0][0] == "作者录音"
    (notice,) = notices(track.label, track.skipped, Where("a.video.yml"))
    assert notice.code == "NAR002"
    assert "作者录音" in notice.message


@pytest.mark.parametrize(
    ("rate", "channels", "bits"),
    [(48000, 2, 16), (44100, 1, 24), (16000, 1, 16), (8000, 1, 8), (22050, 2, 32)],
)
def test_wav_files_of_many_kinds_are_read(rate: int, channels: int, bits: int) -> None:
    count, wide = rate, bits // 8
    frame = {8: bytes([200]), 16: b"\x00\x40", 24: b"\x00\x00\x40", 32: b"\x00\x00\x00\x40"}[
        bits
    ] * channels
    form = b"".join(
        n.to_bytes(s, "little")
        for n, s in (
            (1, 2),
            (channels, 2),
            (rate, 4),
            (rate * wide * channels, 4),
            (wide * channels, 2),
            (bits, 2),
        )
    )
    for size in (len(frame) * count, 0xFFFFFFFF):
        data = (
            b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0"
            + form
            + b"data"
            + size.to_bytes(4, "little")
            + frame * count
        )
        pcm = voice_samples.from_wav(data)
        assert voice_samples.seconds(pcm) == pytest.approx(1, abs=0.01)
        assert {round(x, -3) for x in voice_samples.samples(pcm)} <= {16000, 18000}


HUM = "import sys, struct\nfrom array import array\ntext = sys.stdin.buffer.read().decode()\nn = int(len(text) * 0.22 * 24000)\n"
HUM += "d = array('h', ((i // 40 % 2 * 2 - 1) * 8000 for i in range(n))).tobytes()\n"
HUM += "f = struct.pack('<HHIIHH', 1, 1, 24000, 48000, 2, 16)\n"
HUM += "o = b'WAVEfmt ' + struct.pack('<I', 16) + f + b'data' + struct.pack('<I', len(d)) + d\n"
HUM += "sys.stdout.buffer.write(b'RIFF' + struct.pack('<I', len(o)) + o)\n"


def command(source: str, limit: float = 20, as_json: bool = False) -> Synthetic:
    return voice_command.external((sys.executable, "-c", source), limit, as_json)


def test_a_bureaus_own_command_speaks() -> None:
    sentences = speak(TEXT)
    track = narrate(sentences, [command(HUM), Silent()])
    assert (track.engine, track.skipped, track.synthetic) == ("external", (), True)
    assert track.pcm is not None
    assert track.seconds == pytest.approx(len(track.pcm) / 48000)
    (a, b), (c, d) = track.spans
    assert 0 == a < b
    assert c - b == pytest.approx(sentences[0].pause)
    assert d <= track.seconds
    assert b - a == pytest.approx(len(sentences[0].spoken) * 0.22, abs=0.08)


def test_a_command_may_be_given_pinyin(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    source = (
        f"import sys; t = sys.stdin.buffer.read(); open({str(seen)!r}, 'wb').write(t); sys.exit(3)"
    )
    track = narrate(speak("增长5%。"), [command(source, as_json=True)])
    assert track.engine == "silent"
    assert "zeng1 zhang3" in seen.read_text("utf-8")
    assert "百分之五" in seen.read_text("utf-8")


@pytest.mark.parametrize(
    ("source", "limit", "why"),
    [
        ("import time; time.sleep(60)", 0.5, "没有念完"),
        ("import sys, os; os.close(1); import time; time.sleep(60)", 0.5, "没有念完"),
        ("import sys; sys.exit(7)", 20, "退出码 7"),
        ("print('no sound')", 20, "不是 WAV"),
        ("import sys\nwhile True: sys.stdout.buffer.write(b'x' * 1000000)", 20, "太大"),
        (HUM.replace("len(text) * 0.22", "0.01"), 20, "不合情理"),
        (HUM.replace("len(text) * 0.22", "100"), 20, "不合情理"),
        (HUM.replace("* 8000", "* 0"), 20, "不合情理"),
    ],
)
def test_a_bad_command_gives_way(
    source: str, limit: float, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice_command, "MOST", 8 * 1024 * 1024)
    began = time.monotonic()
    track = narrate(speak("你好，统计。"), [command(source, limit), Silent()])
    assert track.engine == "silent"
    assert why in track.skipped[0][1]
    assert time.monotonic() - began < 25


def test_a_command_that_is_not_there_gives_way() -> None:
    engine = voice_command.external(("/no/such/program; rm -rf x",), 5, as_json=False)
    assert "打不开" in narrate(speak("你好。"), [engine]).skipped[0][1]


def test_the_command_gets_its_text_and_no_shell() -> None:
    calls: list[tuple[Sequence[str], bytes, float]] = []

    def run(argv: Sequence[str], given: bytes, limit: float) -> bytes:
        calls.append((argv, given, limit))
        return voice_samples.to_wav(tone(2))

    narrate(
        speak("$(whoami)增长5%。"),
        [voice_command.external(("tts", "$(x)"), 9, as_json=False, run=run)],
    )
    assert calls == [(("tts", "$(x)"), "，whoami，增长百分之五。".lstrip("，").encode(), 9)]


def test_engines_follow_the_configuration() -> None:
    def named(config: dict[str, object], recorded: bytes | None = None) -> list[str]:
        return [
            e.name for e in voice_choice.engines(NarrationConfig.model_validate(config), recorded)
        ]

    assert named({}) == ["kokoro", "silent"]
    assert named({"command": {"run": ["tts"]}}, b"x") == [
        "recorded",
        "external",
        "kokoro",
        "silent",
    ]
    assert named({"engines": ["espeak", "command"]}) == ["espeak"]


def test_kokoro_is_given_phonemes_and_our_hints() -> None:
    given: list[tuple[list[int], int]] = []

    def model(tokens: list[int], style: Sequence[float]) -> Sequence[float]:
        given.append((tokens, len(style)))
        return [0.3 if i // 40 % 2 else -0.3 for i in range(len(tokens) * 1400)]

    def pinyin(text: str) -> list[list[str]]:
        return [["ma1"] * len(text)]

    sentences = speak("GDP增长5%。")
    track = narrate(sentences, [kokoro(load=lambda: (model, pinyin))])
    assert track.engine == "kokoro"
    assert track.synthetic
    assert track.pcm
    assert given[0][0][0] == given[0][0][-1] == 0
    assert given[0][1] == 256
    assert phonemes("zeng1") + phonemes("zhang3") in sounds(sentences[0], house(), pinyin)
    assert set(sounds(sentences[0], house(), pinyin)) <= set(VOCABULARY)


def test_every_syllable_of_the_lexicon_has_phonemes() -> None:
    syllable = {s for reading in house().pinyin.values() for s in reading.split()}
    assert [s for s in syllable if not phonemes(s)] == []
    assert {c for s in syllable for c in phonemes(s)} <= set(VOCABULARY)
    assert [phonemes(s) for s in ("zhong1", "guo2", "yuan4", "lv4", "xue2", "er2", "si4", "shi2", "de5", "x9")] == [
        "ꭧʊ→ŋ", "kwo↗", "ɥɛ↘n", "ly↘", "ɕɥe↗", "ɚ↗", "sɨ↘", "ʂɨ↗", "tɤ", "",
    ]  # fmt: skip


def absent() -> tuple[str, str]:
    raise Unavailable("没有装")


def nonsense() -> tuple[str, str]:
    return __file__, "."


@pytest.mark.parametrize("library", [absent, nonsense])
def test_a_voice_that_is_not_installed_gives_way(library: Callable[[], tuple[str, str]]) -> None:
    track = narrate(speak("你好。"), [espeak(library), Silent()])
    assert track.engine == "silent"
    assert track.skipped[0][0] == "espeak 草稿语音"


def test_letters_in_characters_for_voices_without_latin() -> None:
    assert not re.search("[A-Z]", in_hanzi("G D P增长，Excel和A P P", house()))


def test_the_same_text_gives_the_same_track() -> None:
    assert narrate(speak(TEXT), [command(HUM)]) == narrate(speak(TEXT), [command(HUM)])


def test_long_hostile_texts_take_no_time() -> None:
    began = time.process_time()
    for piece in (
        "1",
        "1,111",
        "1-",
        "（",
        "1:",
        "A1",
        "[",
        "2024年",
        "==",
        "-1.",
        "增长",
        "0.1/",
        "<a",
    ):
        speak(piece * 1000)
    assert time.process_time() - began < 10
