"""The front door: `python3 weike.py <verb> …`, or `weike <verb> …` where the project is installed.

As a script it first makes `.venv` beside itself from the hash-locked requirements when that is
missing or stale, then runs the verb in it. Every failure of set-up is one Chinese sentence and exit
code 1. Standard library only. Two needs shape this file: Python 3.6 must be able to parse it, to be
told that it is too old, hence annotations in quotes; and a call that finds all in order must cost
next to nothing, hence `os.path` and imports inside functions.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

ROOT = os.path.dirname(os.path.abspath(__file__))
MINIMUM = (3, 11)
VERBS = {  # verb -> the module whose main(argv) runs it, and its line in the help
    "check": ("builder.cli", "检查内容，列出全部问题"),
    "build": ("builder.cli", "生成 dist/：网站、公众号文章、机器人话术"),
    "preview": ("builder.cli", "在本机浏览器里边写边看"),
    "new": ("builder.cli", "新建一条内容"),
    "test": ("", "全部自检；--full 为完整版，-- 之后的参数交给 pytest"),
    "wheelhouse": ("", "下载离线安装包：目录 [--platform 平台]… [--python 3.11]… [--test]"),
}
LOCKS = {
    "base": "requirements.lock",
    "video": "requirements-video.lock",
    "test": "requirements-test.lock",
}
PROFILES = {"author": ["base"], "full": ["base", "video"]}
DEFAULT_PROFILE = "author"  # no code needs the video group yet, and it is large
READY = "_WEIKE_READY"  # tells the process inside .venv that it has just been checked
REBUILT = "_WEIKE_REBUILT"  # .venv has been made again in this call: do not try for ever

NETWORK = (
    "连不上软件包仓库，运行环境没有装好：请检查网络或代理后重试；不能上网的机器，请先在能上网的机器上"
    "运行 python3 weike.py wheelhouse wheelhouse，把得到的 wheelhouse 目录拷到 weike.py 旁边再试。"
)
INCOMPLETE = (
    "离线安装包 {wheels} 里缺少本机需要的组件（{detail}）：请在能上网的机器上按本机的系统和 Python 版本"
    "重新运行 python3 weike.py wheelhouse 目录，再整个拷来。"
)
NO_WHEEL = (
    "软件包仓库里没有适合本机的组件（{detail}）：请改用 64 位的 Python 3.11 至 3.14 后重试。"
)
NO_VENV = (
    "这个 Python 缺少 venv 或 ensurepip 模块，无法建立运行环境：Debian、Ubuntu、统信、麒麟请先运行 "
    "sudo apt install python3-venv，其他系统请重装完整的 Python。"
)
DISK_FULL = "磁盘空间不足，运行环境没有装好：请在 {root} 所在的磁盘腾出至少 500 MB 后重试。"
READ_ONLY = "{root} 不可写，无法在其中建立运行环境：请把整个目录拷到可以写入的位置后重试。"
IN_USE = "运行环境 {venv} 正被占用，无法更新：请关闭正在运行的 weike（如预览）后重试。"
MISMATCH = "下载到的组件与锁定的校验值不符，为安全起见没有安装：请重试，仍不行请换一个镜像或离线包。"
CERTIFICATE = (
    "软件包仓库的安全证书验证失败，运行环境没有装好：请校准本机时间后重试，"
    "单位网络有统一代理的请向网络管理员索取证书并写入 pip 配置。"
)
UNKNOWN = "运行环境没有装好（{detail}）：请重试，仍不行请把 {log} 发给技术支持。"
CAUSES = (  # the first row with a mark in what set-up printed names the cause
    (("No space left on device", "Errno 28", "WinError 112"), DISK_FULL),
    (("DO NOT MATCH THE HASHES",), MISMATCH),
    (("Read-only file system", "Errno 13", "WinError 5]"), READ_ONLY),
    (("ensurepip is not", "No module named ensurepip"), NO_VENV),
    (("CERTIFICATE_VERIFY_FAILED", "SSLError"), CERTIFICATE),
    (("Connection", "Timeout", "ProxyError", "name resolution", "getaddrinfo"), NETWORK),
    (("No matching distribution",), NO_WHEEL),
)


class Stop(Exception):
    """Carries the one sentence that the user is told; the run ends with exit code 1."""


def say(text: "str") -> "None":
    """Tell the person something, whatever their terminal can show."""
    try:
        print(text, file=sys.stderr, flush=True)
    except UnicodeEncodeError:
        print(text.encode("unicode_escape").decode(), file=sys.stderr, flush=True)


def run(command: "Sequence[str]", heard: "Callable[[str], None]") -> "int":
    """Run a set-up command and hand over each line that it prints."""
    import subprocess

    dropped = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PYTHONHOME")
    environment = {k: v for k, v in os.environ.items() if k not in dropped}
    environment.update(PIP_USER="0", PYTHONUTF8="1")
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        encoding="utf-8",
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            heard(line.rstrip())
    return process.returncode


def become(command: "Sequence[str]") -> "int":
    """Go on as another program; where the system can, in this very process."""
    if os.name == "posix":
        os.execv(command[0], list(command))
    import subprocess

    process = subprocess.Popen(command)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the child has heard it too and closes in its own way
            continue


def has_module(name: "str") -> "bool":
    """Tell whether this Python has a module, without importing it."""
    from importlib.util import find_spec

    return find_spec(name) is not None


class Machine:
    """All that set-up asks of the outside; a test hands over its own."""

    def __init__(
        self,
        root: "str" = ROOT,
        python: "tuple[int, int]" = sys.version_info[:2],
        has_module: "Callable[[str], bool]" = has_module,
        run: "Callable[[Sequence[str], Callable[[str], None]], int]" = run,
        become: "Callable[[Sequence[str]], int]" = become,
        environ: "Mapping[str, str]" = os.environ,
    ) -> "None":
        self.root, self.python, self.environ = root, python, environ
        self.has_module, self.run, self.become = has_module, run, become
        self.venv = os.path.join(root, ".venv")
        self.stamp = os.path.join(self.venv, "weike.stamp")
        self.log = os.path.join(root, ".venv.log")
        inside = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
        self.interpreter = os.path.join(self.venv, *inside)

    def lock(self, group: "str") -> "str":
        """Return the path of a group's lock."""
        return os.path.join(self.root, LOCKS[group])


# ── What is there, what is wanted ─────────────────────────────────────────────────────────────────


def digest(machine: "Machine", group: "str") -> "str":
    """Name everything that a group's installation depends on."""
    import hashlib

    with open(machine.lock(group), "rb") as file:
        content = file.read().replace(b"\r\n", b"\n")
    key = "1 {}.{} {} ".format(*machine.python, sys.platform)
    return hashlib.sha256(key.encode() + content).hexdigest()


def installed(machine: "Machine") -> "dict[str, str]":
    """Read the stamp: group -> digest. Empty when .venv is absent, unfinished or has lost its Python."""
    try:
        with open(machine.stamp, encoding="ascii") as file:
            groups = dict(line.split() for line in file)
    except (OSError, ValueError):
        return {}
    return groups if os.path.exists(machine.interpreter) else {}


def missing(machine: "Machine", groups: "Sequence[str]") -> "list[str]":
    """Return those of the groups that are not installed as the locks say now."""
    there = installed(machine)
    return [group for group in groups if there.get(group) != digest(machine, group)]


def wanted(machine: "Machine", verb: "str", profile: "str") -> "list[str]":
    """Choose the groups: what was asked for, else what this .venv had before, else the default."""
    if not profile:
        profile = "full" if "video" in installed(machine) else DEFAULT_PROFILE
    return [*PROFILES[profile], *(["test"] if verb == "test" else [])]


# ── Making the environment ────────────────────────────────────────────────────────────────────────


def alone(path: "str") -> "AbstractContextManager[None]":
    """Hold a lock file, so that two processes do not set up the same folder at once."""
    import contextlib
    import time

    def taken(file: "int") -> "bool":
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            return False
        return True

    @contextlib.contextmanager
    def hold() -> "Iterator[None]":
        file = os.open(path, os.O_RDWR | os.O_CREAT)
        try:
            if not taken(file):
                say("另一个 weike 正在准备运行环境，等它完成……")
                while not taken(file):
                    time.sleep(0.2)
            yield
        finally:
            os.close(file)

    return hold()


def execute(machine: "Machine", command: "Sequence[str]", wheels: "str" = "", total: "int" = 0) -> "None":
    """Run one step of set-up; on failure turn what it printed into one sentence."""
    lines: "list[str]" = []
    progress = total and sys.stderr.isatty()
    count = 0

    def heard(line: "str") -> "None":
        nonlocal count
        lines.append(line)
        if progress and line.startswith("Collecting "):
            count += 1
            sys.stderr.write("\r  {}/{} ".format(count, total))
            sys.stderr.flush()

    code = machine.run(command, heard)
    if progress:
        sys.stderr.write("\r\033[K")
    if code:
        with open(machine.log, "w", encoding="utf-8") as file:
            file.write("\n".join(lines))
        raise Stop(cause(machine, lines, wheels))


def cause(machine: "Machine", lines: "Sequence[str]", wheels: "str" = "") -> "str":
    """Find the sentence for a failed set-up step."""
    output = "\n".join(lines)
    errors = [line.partition("ERROR: ")[2] for line in lines if "ERROR: " in line]
    detail = (errors or [line for line in lines if line] or ["原因不明"])[-1][:120]
    found = next((text for marks, text in CAUSES if any(m in output for m in marks)), UNKNOWN)
    if wheels and found in (NETWORK, NO_WHEEL):
        found = INCOMPLETE
    return found.format(
        root=machine.root, venv=machine.venv, log=machine.log, wheels=wheels, detail=detail
    )


def install(machine: "Machine", groups: "Sequence[str]", wheels: "str") -> "None":
    """Install groups into .venv and stamp each when it is complete."""
    for group in groups:
        lock = machine.lock(group)
        with open(lock, encoding="utf-8") as file:
            total = sum("==" in line for line in file)
        say("  正在安装 {} 个组件（{}）……".format(total, LOCKS[group]))
        source = ["--isolated", "--no-index", "--find-links", wheels] if wheels else ["--retries=2"]
        options = ["--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile"]
        quiet = ["--no-cache-dir", "--disable-pip-version-check", "--no-input", "--progress-bar=off"]
        pip = [machine.interpreter, "-m", "pip", "install", *source, *options, *quiet]
        execute(machine, [*pip, "--no-warn-script-location", "-r", lock], wheels, total)
        write_stamp(machine, {**installed(machine), group: digest(machine, group)})


def write_stamp(machine: "Machine", groups: "dict[str, str]") -> "None":
    """Record, as the last act, what is complete; a killed set-up leaves no stamp behind."""
    temporary = machine.stamp + ".new"
    with open(temporary, "w", encoding="ascii") as file:
        file.writelines("{} {}\n".format(*item) for item in groups.items())
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, machine.stamp)


def rebuild(machine: "Machine", groups: "Sequence[str]", wheels: "str") -> "None":
    """Make .venv anew; the former one comes back if that fails."""
    import shutil

    if not (machine.has_module("venv") and machine.has_module("ensurepip")):
        raise Stop(NO_VENV)
    former = machine.venv + ".old"
    shutil.rmtree(former, ignore_errors=True)
    if os.path.lexists(machine.venv):
        try:
            os.replace(machine.venv, former)
        except PermissionError:
            raise Stop(IN_USE.format(venv=machine.venv)) from None
    try:
        execute(machine, [sys.executable, "-m", "venv", machine.venv])
        install(machine, groups, wheels)
    except BaseException:
        shutil.rmtree(machine.venv, ignore_errors=True)
        if os.path.lexists(former):
            os.replace(former, machine.venv)
        raise
    shutil.rmtree(former, ignore_errors=True)


def prepare(machine: "Machine", groups: "Sequence[str]", wheels: "str") -> "None":
    """Bring .venv to what the locks say; return at once when it is."""
    if not missing(machine, groups):
        return
    with alone(machine.venv + ".lock"):
        todo = missing(machine, groups)  # another process may have done it meanwhile
        if "base" not in todo:
            install(machine, todo, wheels)
            return
        if not os.path.lexists(machine.venv):
            say("第一次使用，正在准备运行环境，请稍候……")
        elif installed(machine):
            say("依赖或 Python 版本变了，正在更新运行环境，请稍候……")
        else:
            say("运行环境 .venv 不完整，正在自动重建，请稍候……")
        rebuild(machine, groups, wheels)
        say("运行环境已就绪。")


def set_up(machine: "Machine", groups: "Sequence[str]", wheels: "str") -> "None":
    """Prepare the environment and word the failures that the system reports."""
    import errno

    try:
        prepare(machine, groups, wheels)
    except OSError as error:
        known = {errno.ENOSPC: DISK_FULL, errno.EDQUOT: DISK_FULL}
        known.update({errno.EROFS: READ_ONLY, errno.EACCES: READ_ONLY, errno.EPERM: READ_ONLY})
        text = known.get(error.errno or 0, UNKNOWN)
        raise Stop(
            text.format(root=machine.root, detail=error, log="这一行文字")
        ) from error


# ── The verbs of this file ────────────────────────────────────────────────────────────────────────


def run_tests(arguments: "Sequence[str]", machine: "Machine") -> "int":
    """Run every judge, also after one has failed; one line a step."""
    import subprocess
    import time

    cut = arguments.index("--") if "--" in arguments else len(arguments)
    if set(arguments[:cut]) - {"--full"}:
        raise Stop("test 只认 --full：给 pytest 的参数请写在 -- 之后。")
    environment = dict(machine.environ)
    if "--full" in arguments[:cut]:
        environment["WEIKE_FULL"] = "1"
    failed = 0
    for name, command in judges(machine, arguments[cut + 1 :]):
        started = time.monotonic()
        out = None if name == "pytest" else subprocess.PIPE
        done = subprocess.run(
            command, cwd=machine.root, env=environment, stdout=out, stderr=subprocess.STDOUT
        )
        if done.returncode:
            failed += 1
            sys.stdout.buffer.write(done.stdout or b"")
        mark = "失败" if done.returncode else "通过"
        print(f"{mark}：{name}（{time.monotonic() - started:.1f} 秒）", flush=True)
    return 1 if failed else 0


def judges(machine: "Machine", for_pytest: "Sequence[str]") -> "Iterator[tuple[str, list[str]]]":
    """Yield the steps of `test`: name and command."""
    import shutil

    needed = machine.environ.get("WEIKE_REQUIRE") and sys.platform == "linux"
    if needed and os.geteuid() == 0 and not shutil.which("chromium"):
        yield "apt-get update", ["apt-get", "update"]
        yield "chromium", ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]
    rooms = ("weike.py", "builder", "publish", "service", "tests", "benchmarks")
    there = [room for room in rooms if os.path.exists(os.path.join(machine.root, room))]
    python = [sys.executable, "-m"]
    yield "ruff format", [*python, "ruff", "format", "--check", "."]
    yield "ruff check", [*python, "ruff", "check", "."]
    yield "mypy", [*python, "mypy", *there]
    layers = "from importlinter.cli import lint_imports_command as main; main()"
    yield "import-linter", [sys.executable, "-c", layers]
    yield "pytest", [*python, "pytest", *for_pytest]


PLATFORMS = {  # name -> sys_platform, os_name, platform_machine
    "win_amd64": ("win32", "nt", "AMD64"),
    "linux_x86_64": ("linux", "posix", "x86_64"),
    "linux_aarch64": ("linux", "posix", "aarch64"),
}
GLIBC = 28  # wheels for glibc 2.28 and older: Kylin V10 and UOS 20 have that


def make_wheelhouse(arguments: "Sequence[str]", machine: "Machine") -> "int":
    """Download what the locks name, for other machines, into a folder."""
    import argparse
    import shutil

    parser = argparse.ArgumentParser(prog="weike wheelhouse", description=VERBS["wheelhouse"][1])
    parser.add_argument("folder")
    parser.add_argument("--platform", action="append", choices=sorted(PLATFORMS))
    parser.add_argument("--python", action="append")
    parser.add_argument("--test", action="store_true")
    options = parser.parse_args(arguments)
    groups = [g for g in installed(machine) if g != "test"] + ["test"] * options.test
    os.makedirs(options.folder, exist_ok=True)
    for platform in options.platform or ["win_amd64" if os.name == "nt" else "linux_x86_64"]:
        for python in options.python or ["{}.{}".format(*machine.python)]:
            say(f"正在下载 {platform} Python {python} 的组件……")
            for group in groups:
                download(machine, group, platform, python, options.folder)
    for group in groups:
        shutil.copy(machine.lock(group), options.folder)
    with open(os.path.join(options.folder, "使用说明.txt"), "w", encoding="utf-8") as file:
        file.write(WHEELHOUSE_README)
    say(f"离线安装包已就绪：{options.folder}")
    return 0


WHEELHOUSE_README = """离线安装包

用法：把本目录拷到不能上网的机器上，放在 weike.py 旁边并命名为 wheelhouse，照常运行即可，例如
    python3 weike.py check
放在别处时，用 --wheelhouse 目录 或环境变量 WEIKE_WHEELHOUSE 指明。
目标机器须有 Python 3.11 以上（含 venv），系统与版本须与下载时选的一致。
安装时逐个核对 requirements*.lock 里的校验值；锁文件更新后请重新下载。
"""


def download(machine: "Machine", group: "str", platform: "str", python: "str", folder: "str") -> "None":
    """Download one group for one platform and Python."""
    system, _, architecture = PLATFORMS[platform]
    tags = [platform]
    if system == "linux":
        tags = [f"manylinux_2_{minor}_{architecture}" for minor in range(GLIBC, 4, -1)]
    lock = os.path.join(folder, f".{group}-{platform}-{python}.txt")
    with open(lock, "w", encoding="utf-8") as file:
        file.writelines(for_target(machine, group, platform, python))
    pip = [sys.executable, "-m", "pip", "download", "--require-hashes", "--no-deps", "-d", folder]
    target = [word for tag in tags for word in ("--platform", tag)]
    options = ["--only-binary=:all:", "--implementation=cp", f"--python-version={python}"]
    quiet = ["--disable-pip-version-check", "--no-input", "--progress-bar=off", "--no-cache-dir"]
    try:
        execute(machine, [*pip, *target, *options, *quiet, "-r", lock])
    finally:
        os.remove(lock)


def for_target(machine: "Machine", group: "str", platform: "str", python: "str") -> "Iterator[str]":
    """Yield the lines of a lock that hold on another machine; pip itself would judge by this one."""
    from packaging.requirements import Requirement

    system, name, architecture = PLATFORMS[platform]
    there = {"sys_platform": system, "os_name": name, "platform_machine": architecture}
    there.update(python_version=python, python_full_version=f"{python}.0")
    there.update(platform_python_implementation="CPython", implementation_name="cpython")
    there.update(platform_system="Windows" if name == "nt" else "Linux")
    with open(machine.lock(group), encoding="utf-8") as file:
        lines = file.read().replace("\\\n", " ").splitlines()
    for line in lines:
        words, mark, hashes = line.partition(" --hash=")
        if mark:
            requirement = Requirement(words)
            if not requirement.marker or requirement.marker.evaluate(there):
                yield f"{requirement.name}{requirement.specifier}{mark}{hashes}\n"


# ── Entry ─────────────────────────────────────────────────────────────────────────────────────────


def dispatch(verb: "str", arguments: "list[str]", machine: "Machine") -> "int":
    """Run a verb in this process."""
    if verb == "test":
        return run_tests(arguments, machine)
    if verb == "wheelhouse":
        return make_wheelhouse(arguments, machine)
    from importlib import import_module

    return int(import_module(VERBS[verb][0]).main([verb, *arguments]))


def check_verb(argv: "Sequence[str]") -> "None":
    """Refuse an unknown verb, naming the nearest known one."""
    if argv and argv[0] not in VERBS:
        from difflib import get_close_matches

        near = get_close_matches(argv[0], VERBS, 1)
        advice = f"您是不是要用 {near[0]}？" if near else ""
        raise Stop(f"没有“{argv[0]}”这个命令：{advice}可用的命令有 {'、'.join(VERBS)}。")


def usage(argv: "Sequence[str]") -> "bool":
    """Print the verbs when asked, or when no verb was given."""
    if argv and argv[0] not in ("help", "-h", "--help"):
        return False
    print("用法：python3 weike.py 命令 [参数]…\n")
    for verb, (_, text) in VERBS.items():
        print(f"  {verb:<11} {text}")
    print("\n准备运行环境时可加：--profile author|full  --wheelhouse 离线安装包目录")
    return True


def take(argv: "list[str]", option: "str", accepted: "Callable[[str], object]") -> "str":
    """Remove `option VALUE` or `option=VALUE` from the arguments; return the value."""
    for at, word in enumerate(argv):
        if word == "--":
            break
        name, equals, value = word.partition("=")
        if name != option:
            continue
        end = at + 1 if equals else at + 2
        value = value if equals else "".join(argv[at + 1 : end])
        if accepted(value):
            del argv[at:end]
            return value
    return ""


def find_wheels(argv: "list[str]", machine: "Machine") -> "str":
    """Return the wheelhouse to install from: the option, the environment, or the folder beside."""
    named = take(argv, "--wheelhouse", bool) or machine.environ.get("WEIKE_WHEELHOUSE", "")
    if named and not os.path.isdir(named):
        raise Stop(f"找不到离线安装包目录 {named}：请检查路径后重试。")
    beside = os.path.join(machine.root, "wheelhouse")
    return named or (beside if os.path.isdir(beside) else "")


def enter(argv: "Sequence[str]", machine: "Machine") -> "int":
    """Run a verb inside .venv: prepare it and step in, or, already inside, dispatch."""
    rest = list(argv)
    wheels = find_wheels(rest, machine)
    profile = take(rest, "--profile", PROFILES.__contains__)
    profile = profile or machine.environ.get("WEIKE_PROFILE", "")
    if profile and profile not in PROFILES:
        raise Stop(f"环境变量 WEIKE_PROFILE 的值 {profile} 无效：只能是 {'、'.join(PROFILES)}。")
    if os.environ.pop(READY, "") and os.path.realpath(sys.prefix) == os.path.realpath(machine.venv):
        return inside(rest, argv, machine)
    groups = wanted(machine, rest[0], profile)
    script = os.path.join(machine.root, os.path.basename(__file__))
    for _ in range(2):
        set_up(machine, groups, wheels)
        os.environ[READY] = "1"
        try:
            return machine.become([machine.interpreter, script, *argv])
        except OSError:  # its Python does not start
            os.remove(machine.stamp)
    raise Stop(UNKNOWN.format(detail=machine.interpreter, log=machine.log))


def inside(rest: "list[str]", argv: "Sequence[str]", machine: "Machine") -> "int":
    """Run a verb in .venv; when a package has gone missing, make .venv again, once."""
    again = os.environ.pop(REBUILT, "")
    try:
        return dispatch(rest[0], rest[1:], machine)
    except ImportError as error:
        lost = (error.name or "").partition(".")[0]
        if again or lost in ("", "builder", "publish", "service"):
            raise
        say(f"运行环境缺少组件 {lost}，重新准备一次。")
    os.remove(machine.stamp)
    os.environ[REBUILT] = "1"
    base = getattr(sys, "_base_executable", sys.executable)
    return machine.become([base, os.path.join(machine.root, os.path.basename(__file__)), *argv])


def start(argv: "Sequence[str]", machine: "Machine") -> "int":
    """Run weike as a script."""
    try:
        if machine.python < MINIMUM:
            found = "{}.{}".format(*machine.python)
            raise Stop(
                f"这个 Python 是 {found}，weike 需要 3.11 或更新的版本：请安装新版 Python，再用它运行本命令。"
            )
        check_verb([] if usage(argv) else argv)
        if not argv or argv[0] not in VERBS:
            return 0 if argv else 1
        return enter(argv, machine)
    except Stop as stop:
        say(str(stop))
        return 1
    except KeyboardInterrupt:
        say("已中断。")
        return 130


def main() -> "int":
    """Run weike where it is installed: no set-up."""
    argv = sys.argv[1:]
    try:
        if usage(argv):
            return 0
        check_verb(argv)
        if not VERBS[argv[0]][0]:
            raise Stop(f"{argv[0]} 要在源码目录里运行：python3 weike.py {argv[0]}")
        return dispatch(argv[0], argv[1:], Machine())
    except Stop as stop:
        say(str(stop))
        return 1


if __name__ == "__main__":
    sys.exit(start(sys.argv[1:], Machine()))
