"""Set-up: from nothing to a running verb, and one Chinese sentence for what stands in the way."""

import ast
import base64
import errno
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import weike

BASE_PYTHON: str = getattr(sys, "_base_executable", sys.executable)
OFFLINE = {  # nobody listens there, and no machine's pip configuration has a say
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    "PIP_CONFIG_FILE": os.devnull,
}
VERB = (
    "import tinydep\n\n\ndef main(argv: list[str]) -> int:\n    print('ran', *argv)\n    return 7\n"
)
Run = Callable[[Sequence[str]], tuple[int, str]]


def make_wheel(folder: Path) -> str:
    """Write a wheel of one module by hand; return its sha256."""
    info = "tinydep-1.0.dist-info"
    files = {
        "tinydep.py": "",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: tinydep\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{info}/RECORD,,\n"]
    path = folder / "tinydep-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
            record.append(f"{name},sha256={digest.decode()},{len(text)}\n")
            wheel.writestr(name, text)
        wheel.writestr(f"{info}/RECORD", "".join(record))
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def copy(tmp_path: Path, root: Path) -> Path:
    """Return a folder with weike.py, a verb, a lock of one package, and its wheel in wheels/."""
    shutil.copy(root / "weike.py", tmp_path)
    (tmp_path / "wheels").mkdir()
    digest = make_wheel(tmp_path / "wheels")
    lock = f"tinydep==1.0 \\\n    --hash=sha256:{digest}\n"
    (tmp_path / "requirements.lock").write_text(lock, "utf-8")
    (tmp_path / "requirements-video.lock").write_text("", "utf-8")
    (tmp_path / "builder").mkdir()
    (tmp_path / "builder" / "cli.py").write_text(VERB, "utf-8")
    return tmp_path


def call(copy: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run weike.py in a folder as a person would."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "WEIKE_", "_WEIKE"))}
    return subprocess.run(
        [BASE_PYTHON, str(copy / "weike.py"), *arguments],
        env={**kept, **OFFLINE, "PYTHONUTF8": "1", **environ},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def stopped(
    copy: Path, capsys: pytest.CaptureFixture[str], run: Run, python: tuple[int, int] = (3, 11)
) -> str:
    """Run a verb on a made-up machine that must stop it; return the last line it said."""
    machine = weike.Machine(str(copy), python=python, environ={}, run=run, become=lambda _: 0)
    assert weike.start(["check"], machine, weike.enter) == 1
    return capsys.readouterr().err.strip().splitlines()[-1]


def fine(_: Sequence[str]) -> tuple[int, str]:
    return 0, ""


def test_python_3_6_can_parse_the_front_door(root: Path) -> None:
    ast.parse((root / "weike.py").read_text("utf-8"), feature_version=(3, 6))


def test_no_new_syntax_hides_in_annotations(root: Path) -> None:
    tree = ast.parse((root / "weike.py").read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
            assert isinstance(node.annotation, ast.Constant), ast.unparse(node)


def test_old_python(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = stopped(copy, capsys, fine, python=(3, 8))
    assert told == weike.OLD_PYTHON.format(3, 8)


def test_missing_ensurepip(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(command: Sequence[str]) -> tuple[int, str]:
        return int("import ensurepip, venv" in command), "No module named ensurepip"

    assert stopped(copy, capsys, run) == weike.NO_VENV
    assert not (copy / ".venv").exists()


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, weike.DISK_FULL),
        (errno.EROFS, weike.READ_ONLY),
        (errno.EACCES, weike.READ_ONLY),
    ],
)
def test_the_system_refuses(
    copy: Path, capsys: pytest.CaptureFixture[str], number: int, expected: str
) -> None:
    def run(command: Sequence[str]) -> tuple[int, str]:
        if "pip" in command or "venv" in command:
            raise OSError(number, os.strerror(number))
        return 0, ""

    assert stopped(copy, capsys, run) == expected.format(root=copy)


@pytest.mark.parametrize(
    ("printed", "wheels", "expected"),
    [
        ("ERROR: [Errno 28] No space left on device", "", "磁盘空间不足"),
        (
            "NewConnectionError\nERROR: No matching distribution found",
            "",
            "连不上软件包仓库",
        ),
        ("ERROR: No matching distribution found for a==1", "", "没有适合这种系统"),
        ("ERROR: No matching distribution found for a==1", "/w", "离线安装包 /w 里缺少"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "", "校验值不符"),
        ("[WinError 5] 拒绝访问", "", "正被占用"),
        ("something new", "", "something new"),
        ("", "", "原因不明"),
    ],
)
def test_every_known_cause_has_its_sentence(printed: str, wheels: str, expected: str) -> None:
    told = weike.cause(weike.Machine("root"), printed, wheels)
    assert expected in told
    assert "\n" not in told
    assert told.endswith("。")
    assert "请" in told


def test_unknown_verb(copy: Path) -> None:
    done = call(copy, "biuld")
    assert done.returncode == 1
    assert done.stderr.startswith("没有“biuld”这个命令：您是不是要用 build？")
    assert done.stderr.count("\n") == 1
    assert not (copy / ".venv").exists()


def test_help_needs_no_set_up(copy: Path) -> None:
    done = call(copy, "--help")
    assert done.returncode == 0
    assert all(verb in done.stderr for verb in weike.VERBS)
    assert not (copy / ".venv").exists()


def test_wheelhouse_that_is_not_there(copy: Path) -> None:
    done = call(copy, "check", "--wheelhouse", "nowhere")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "nowhere" in done.stderr


def test_no_network(copy: Path) -> None:
    done = call(copy, "check")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == weike.NETWORK
    assert "Traceback" not in done.stderr
    assert not (copy / ".venv").exists()


def test_set_up_later_calls_and_repairs(copy: Path) -> None:
    wheels = str(copy / "wheels")
    done = call(copy, "check", "--root", "a", "--wheelhouse", wheels)
    assert (done.returncode, done.stdout) == (7, "ran check --root a\n"), done.stderr
    assert "第一次使用" in done.stderr

    done = call(copy, "check")  # nothing to do, nothing said, no wheels needed
    assert (done.returncode, done.stdout, done.stderr) == (7, "ran check\n", "")
    check_overhead(copy)

    lock = copy / "requirements.lock"
    good = lock.read_text("utf-8")
    lock.write_text(good[:-5] + "0000\n", "utf-8")
    done = call(copy, "check", WEIKE_WHEELHOUSE=wheels)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, weike.MISMATCH)
    lock.write_text(good, "utf-8")
    assert call(copy, "check").stderr == ""  # the former environment came back

    machine = weike.Machine(str(copy))
    interpreter = Path(machine.interpreter)
    interpreter.unlink()
    interpreter.touch(0o755)
    shutil.copytree(wheels, copy / "wheelhouse")  # the folder beside is found by itself
    done = call(copy, "check")
    assert done.returncode == 7
    assert "不完整，正在自动重建" in done.stderr

    next(Path(machine.venv).rglob("tinydep.py")).unlink()
    done = call(copy, "check")
    assert (done.returncode, done.stdout) == (7, "ran check\n")
    assert "缺少组件 tinydep" in done.stderr


def check_overhead(copy: Path) -> None:
    """A call that finds all in order costs less than a quarter of a second over bare Python."""
    bare = [weike.Machine(str(copy)).interpreter, "-c", "from builder.cli import main; main([])"]
    front = [BASE_PYTHON, "weike.py", "check"]

    def fastest(command: list[str]) -> float:
        taken = []
        for _ in range(7):
            started = time.perf_counter()
            subprocess.run(command, cwd=copy, stdout=subprocess.DEVNULL, check=False)
            taken.append(time.perf_counter() - started)
        return min(taken)

    assert fastest(front) - fastest(bare) < 0.25


def test_two_at_once(copy: Path) -> None:
    (copy / "wheels").rename(copy / "wheelhouse")
    command = [BASE_PYTHON, str(copy / "weike.py"), "check"]
    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)
    ]
    told = [process.communicate(timeout=120)[1].decode() for process in both]
    assert [process.returncode for process in both] == [7, 7], told
    assert sorted("正在安装" in text for text in told) == [False, True]


def test_a_killed_set_up_is_not_taken_for_a_good_one(copy: Path) -> None:
    machine = weike.Machine(str(copy), environ={})
    Path(machine.interpreter).parent.mkdir(parents=True)
    Path(machine.interpreter).touch()
    Path(machine.venv, "pyvenv.cfg").touch()
    assert machine.missing(["base"]) == ["base"]
    stamp = f"base {machine.digest('base')}\n"
    Path(machine.stamp).write_text(stamp, "ascii")
    assert machine.missing(["base"]) == []
    Path(machine.stamp).write_text(stamp[:4], "ascii")
    assert machine.missing(["base"]) == ["base"]


class Recorder:
    """Stands in for pip and venv: remembers which locks were installed, and can be told to stop at one."""

    def __init__(self, copy: Path, stop_at: str = "", killed: bool = False) -> None:
        self.copy, self.stop_at, self.killed = copy, stop_at, killed
        self.installed: list[str] = []

    def __call__(self, command: Sequence[str]) -> tuple[int, str]:
        if command[1:3] == ["-m", "venv"]:
            machine = weike.Machine(str(self.copy))
            Path(machine.interpreter).parent.mkdir(parents=True)
            Path(machine.interpreter).touch()
            Path(machine.venv, "pyvenv.cfg").touch()
        if "-r" in command:
            name = Path(command[-1]).stem.removeprefix("requirements").lstrip("-") or "base"
            if name == self.stop_at:
                if self.killed:
                    raise Killed
                return 1, "ConnectionError"
            self.installed.append(name)
        return 0, ""


class Killed(BaseException):
    """The machine is switched off: nothing of ours may tidy up."""


def set_up(
    copy: Path, *arguments: str, stop_at: str = "", environ: dict[str, str] | None = None
) -> list[str]:
    """Call a verb on a made-up machine; return the groups that were installed for it."""
    for group in ("video", "voice", "service", "test"):
        (copy / f"requirements-{group}.lock").touch()
    recorder = Recorder(copy, stop_at)
    machine = weike.Machine(
        str(copy), environ={} if environ is None else environ, run=recorder, become=lambda _: 0
    )
    weike.start(["check", *arguments], machine, weike.enter)
    return recorder.installed


def test_a_fresh_machine_is_set_up_for_films(copy: Path) -> None:
    assert set_up(copy) == ["base", "video"]
    assert set_up(copy) == []


@pytest.mark.parametrize("profile", list(weike.PROFILES))
def test_a_profile_is_kept_by_later_calls_and_by_repairs(copy: Path, profile: str) -> None:
    groups = weike.PROFILES[profile]
    assert set_up(copy, "--profile", profile) == groups
    assert set_up(copy) == []
    (copy / "requirements.lock").write_text("other==2\n", "utf-8")
    assert set_up(copy) == groups
    weike.Machine(str(copy)).distrust()
    assert set_up(copy) == groups
    (copy / ".venv" / "pyvenv.cfg").unlink()
    assert set_up(copy) == groups


def test_a_profile_grows_by_what_is_missing(copy: Path) -> None:
    assert set_up(copy, "--profile=author") == ["base"]
    assert set_up(copy, "--profile=voice", stop_at="video") == []
    assert set_up(copy) == []  # what could not be had is not asked for again
    assert set_up(copy, environ={"WEIKE_PROFILE": "voice"}) == ["video", "voice"]
    assert set_up(copy, "--profile=author") == []
    (copy / "requirements-voice.lock").write_text("other==2\n", "utf-8")
    assert set_up(copy) == ["voice"]


@pytest.mark.parametrize("stop_at", ["base", "video", "voice"])
def test_a_choice_outlives_a_set_up_that_is_switched_off(
    copy: Path, stop_at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for group in ("video", "voice"):
        (copy / f"requirements-{group}.lock").touch()
    recorder = Recorder(copy, stop_at, killed=True)
    machine = weike.Machine(str(copy), environ={}, run=recorder)
    with monkeypatch.context() as patch:  # who is switched off does not tidy up
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(Killed):
            weike.start(["check", "--profile", "voice"], machine, weike.enter)
    done = recorder.installed
    assert done == weike.PROFILES["voice"][: len(done)]
    assert set_up(copy) == weike.PROFILES["voice"][len(done) :]
    assert set_up(copy) == []


def test_wheels_without_films_set_up_without_films(copy: Path) -> None:
    wheels = copy / "wheelhouse"
    wheels.mkdir()
    shutil.copy(copy / "requirements.lock", wheels)
    assert set_up(copy) == ["base"]
    shutil.rmtree(copy / ".venv")
    (wheels / "requirements-video.lock").touch()
    (wheels / "requirements-voice.lock").touch()
    assert set_up(copy) == ["base", "video", "voice"]


@pytest.mark.parametrize(
    ("environ", "arguments", "groups"),
    [
        ({}, [], ["base", "video"]),
        ({"WEIKE_PROFILE": "voice"}, [], ["base", "video", "voice"]),
        ({"WEIKE_PROFILE": "author"}, ["--test"], ["base", "service", "test"]),
        ({}, ["--service"], ["base", "video", "service"]),
    ],
)
def test_a_wheelhouse_holds_what_was_asked_for(
    copy: Path, environ: dict[str, str], arguments: list[str], groups: list[str]
) -> None:
    set_up(copy)
    names = [Path(weike.Machine(str(copy)).lock(group)).name for group in groups]
    machine = weike.Machine(str(copy), environ=environ, run=fine)
    folder = copy / "carried"
    assert weike.make_wheelhouse([str(folder), *arguments], machine) == 0
    assert sorted(path.name for path in folder.glob("*.lock")) == sorted(names)


def test_the_profile_asked_for_reaches_the_verb(copy: Path) -> None:
    plain: dict[str, str] = {}
    set_up(copy, environ=plain)
    assert "WEIKE_PROFILE" not in plain
    asked: dict[str, str] = {}
    set_up(copy, "--profile", "voice", environ=asked)
    assert asked["WEIKE_PROFILE"] == "voice"


@pytest.mark.parametrize(
    ("argv", "value", "rest"),
    [
        (["build", "--profile", "author", "x"], "author", ["build", "x"]),
        (["build", "--profile=full"], "full", ["build"]),
        (["wheelhouse", "w", "--profile", "voice"], "voice", ["wheelhouse", "w"]),
        (["serve", "--profile", "internet"], "", ["serve", "--profile", "internet"]),
        (["test", "--", "--profile", "full"], "", ["test", "--", "--profile", "full"]),
        (["build", "--profile"], "", ["build", "--profile"]),
    ],
)
def test_profile_is_taken_from_the_arguments(argv: list[str], value: str, rest: list[str]) -> None:
    assert weike.take(argv, "--profile", weike.PROFILES) == value
    assert argv == rest


@pytest.mark.parametrize(
    ("platform", "names"),
    [("win_amd64", ["both", "win"]), ("linux_aarch64", ["both", "arm"])],
)
def test_markers_are_judged_for_the_other_machine(
    tmp_path: Path, platform: str, names: list[str]
) -> None:
    pin = "{}==1{} \\\n    --hash=sha256:00\n"
    markers = [
        ("both", ""),
        ("win", " ; sys_platform == 'win32'"),
        ("arm", " ; platform_machine == 'aarch64'"),
        ("old", " ; python_full_version < '3.11'"),
    ]
    lock = tmp_path / "some.lock"
    lock.write_text("".join(pin.format(*marker) for marker in markers), "utf-8")
    lines = list(weike.for_target(str(lock), platform, "3.12"))
    assert [line.partition("==")[0] for line in lines] == names
    assert all("--hash=sha256:00" in line and ";" not in line for line in lines)


def read_pins(path: Path) -> dict[str, str]:
    """Return the lock's packages and versions; fail on a line that is not pinned and hashed."""
    pins = {}
    for line in path.read_text("utf-8").replace("\\\n", " ").splitlines():
        words, *hashes = re.split(r"\s+--hash=sha256:", line.strip())
        assert hashes, line
        assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in hashes), line
        requirement = Requirement(words)
        pins[requirement.name] = str(requirement.specifier).removeprefix("==")
    return pins


def test_locks_are_pinned_hashed_and_agree(root: Path) -> None:
    agreed: dict[str, str] = {}
    for group in (*weike.PROFILES["voice"], "service", "test"):
        lock = Path(weike.Machine(str(root)).lock(group))
        pins = read_pins(lock)
        assert {name: agreed.get(name, version) for name, version in pins.items()} == pins
        agreed.update(pins)
        for line in lock.with_suffix(".in").read_text("utf-8").splitlines():
            if text := line.partition("#")[0].strip():
                requirement = Requirement(text)
                assert requirement.specifier.contains(pins[requirement.name.lower()])


def test_locks_name_no_host_and_no_folder(root: Path) -> None:
    for lock in root.glob("*.lock"):
        assert not re.search(
            r"://|find-links|index-url|(^|\s)/", lock.read_text("utf-8"), re.MULTILINE
        )
