"""The front door: `python3 weike.py <verb> …`, or `weike <verb> …` where the project is installed.

As a script it first makes `.venv` beside itself from the hash-locked requirements when that is missing
or stale, then runs the verb in it. Every failure is one Chinese sentence and exit code 1. Standard
library only. Python 3.6 must be able to parse this file, to be told that it is too old, hence quoted
annotations; a call that finds all in order must cost next to nothing, hence `os.path`, few imports.
"""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager, suppress
from hashlib import sha256
from importlib import import_module
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, MutableMapping, Sequence
    from typing import IO

ROOT = os.path.dirname(os.path.abspath(__file__))
VERBS = {  # verb -> the module whose main(argv) runs it (none: this file), and its line in the help
    "check": ("builder.cli", "检查内容，列出全部问题"),
    "build": ("builder.cli", "生成 dist/：各版本网站"),
    "preview": ("builder.cli", "在本机浏览器里边写边看"),
    "new": ("builder.cli", "新建一条内容"),
    "snapshot": ("builder.figures", "指标快照：做、看、比、核对，搜没发布的数"),
    "seal": ("builder.figures", "封存还没到发布时间的快照，到点开封"),
    "ask": ("builder.robot.cli", "问小统：一句话答案，带出处"),
    "robot": ("builder.robot.cli", "机器人话术：没答上的问题归类"),
    "review": ("builder.review.cli", "三审三校：看、通过、退回、撤回，审核页面、审核表、报告"),
    "plan": ("publish.cli", "发布前算清楚要做什么：wechat、site、airgap，不动任何东西"),
    "push": ("publish.cli", "照算好的计划发布"),
    "status": ("publish.cli", "看各渠道发到哪一步"),
    "rollback": ("publish.cli", "退回到以前的一版"),
    "verify": ("publish.cli", "核对跨网的包"),
    "apply": ("publish.cli", "核对并装上跨网的包"),
    "pull": ("publish.cli", "取回另一侧的回执和来件，服务收到的提问、数、直播、作品、数据模板"),
    "keygen": ("publish.cli", "生成签发布包的密钥"),
    "serve": ("service.cli", "运行配套服务：收指标、提问、参赛作品，第一次运行给出设置网址"),
    "service": ("service.cli", "配套服务的用户、备份、演练、升级、导出、体检"),
    "test": ("", "全部自检；--full 为完整版，-- 之后的参数交给 pytest"),
    "wheelhouse": (
        "",
        "下载离线安装包：目录 [--platform 平台]… [--python 3.11]… [--service] [--test]",
    ),
}
PROFILES = {  # groups of requirements, see lock(); each profile holds the one before
    "author": ["base"],
    "full": ["base", "video"],
    "voice": ["base", "video", "voice"],
}
PULLED = (
    "questions",
    "snapshots",
    "live",
    "contest",
    "templates",
)  # `pull` of these is the service's
NEEDS = {
    "test": ["service", "test"],
    "serve": ["service"],
    "service": ["service"],
}  # verb -> more groups
DEFAULT_PROFILE = "full"  # of a machine where nothing was chosen before: the main job makes films
READY = "_WEIKE_READY"  # tells the process inside .venv that it has just been checked
STAMP = "weike.stamp"  # in .venv: a line for each group, its name and its digest
WANTED = "-"  # stands there for the digest of a group that is still to be installed
REBUILT = "_WEIKE_REBUILT"  # .venv has been made again in this call: do not try for ever
PIP = ["--require-hashes", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-input"]
PIP += ["--disable-pip-version-check", "--progress-bar=off"]
PLATFORMS = ("win_amd64", "linux_x86_64", "linux_aarch64")
GLIBC = 28  # wheels for glibc 2.28 and older, which Kylin V10 and UOS 20 can load
JUDGES = {  # the steps of `test`
    "ruff format": ["-m", "ruff", "format", "--check", "."],
    "ruff check": ["-m", "ruff", "check", "."],
    "mypy": ["-m", "mypy", "."],
    "import-linter": ["-c", "from importlinter.cli import lint_imports_command as main; main()"],
    "pytest": ["-m", "pytest"],
}
# The whole of pytest, in the order of tests/conftest.py.
ALL_CORES = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile", "--no-loadscope-reorder"]
MEMORY, PLENTY = "/dev/shm", 16 << 30  # noqa: S108  # a disk in memory; bytes from which tests have it
DEBIAN = {  # what tests run -> its package
    "chromium": "chromium",
    "pdftotext": "poppler-utils",
    "nginx": "nginx",
    "caddy": "caddy",
    "sshd": "openssh-server",
    "rsync": "rsync",
    "pg_createcluster": "postgresql",
    "mariadb-install-db": "mariadb-server",
}
APT = "apt-get update && apt-get install -y --no-install-recommends "

PROFILE_HELP = "--profile 选装多少，以后一直照办：author 不做视频，full 能做视频（不写就是它），voice 再加不联网的合成语音。"
README = "把本目录拷到不能上网的机器上，放在 weike.py 旁边并命名为 wheelhouse，照常运行；放在别处时，用 --wheelhouse 目录 或环境变量 WEIKE_WHEELHOUSE 指明。目标机器的系统和 Python 版本须与下载时选的一致；锁文件更新后请重新下载。\n"
OLD_PYTHON = "这个 Python 是 {}.{}，weike 需要 3.11 或更新的：请安装新版 Python，再用它运行本命令。"
NETWORK = "连不上软件包仓库，运行环境没有装好：请检查网络、代理和证书后重试；不能上网的机器，请在能上网的机器上运行 python3 weike.py wheelhouse wheelhouse，把得到的目录拷到这里的 weike.py 旁边再试。"
INCOMPLETE = "离线安装包 {wheels} 里缺少本机需要的组件（{detail}）：请在能上网的机器上，按本机的系统和 Python 版本重新运行 python3 weike.py wheelhouse 目录，再整个拷来；本机能上网的，请移走该目录再试。"
NO_WHEEL = "仓库里没有适合这种系统和 Python 的组件（{detail}）：请改用 64 位的 Python 3.11 至 3.14 后重试。"
NO_VENV = "这个 Python 缺少 venv 或 ensurepip 模块，无法建立运行环境：Debian、Ubuntu、统信、麒麟请先运行 sudo apt install python3-venv，其他系统请重装完整的 Python。"
DISK_FULL = "磁盘空间不足，运行环境没有装好：请在 {root} 所在的磁盘腾出至少 1 GB 后重试。"
READ_ONLY = "{root} 不可写，无法在其中建立运行环境：请把整个目录拷到可以写入的位置后重试。"
IN_USE = "{root} 里的 .venv 正被占用，无法更新：请关闭正在运行的 weike（如预览）后重试。"
MISMATCH = "下载到的组件与锁定的校验值不符，没有安装：请重试，仍不行请换一个镜像或离线安装包。"
UNKNOWN = "运行环境没有装好（{detail}）：请重试，仍不行请把这句话和 {log}（如有）发给技术支持。"
CAUSES = (  # the first row with a mark in what set-up printed names the cause
    (("No space left on device", "Errno 28", "WinError 112"), DISK_FULL),
    (("DO NOT MATCH THE HASHES",), MISMATCH),
    (("Read-only file system", "Permission denied"), READ_ONLY),
    (("WinError 5]", "WinError 32]"), IN_USE),
    (("Connection", "Timeout", "ProxyError", "SSLError", "name resolution"), NETWORK),
    (("No matching distribution",), NO_WHEEL),
)


class Stop(Exception):
    """Carries the one sentence that the user is told; the run ends with exit code 1."""


def say(text: "str") -> "None":
    """Tell the person something; this stream never fails over a terminal's character set."""
    print(text, file=sys.stderr, flush=True)


def run(command: "Sequence[str]") -> "tuple[int, str]":
    """Run a set-up command; return its exit code and all that it printed."""
    dropped = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PYTHONHOME", "PYTHONPATH")
    env = {name: value for name, value in os.environ.items() if name not in dropped}
    env.update(PIP_USER="0", PYTHONUTF8="1")
    pipe, merge = subprocess.PIPE, subprocess.STDOUT
    done = subprocess.run(command, env=env, input=b"", stdout=pipe, stderr=merge, check=False)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def become(command: "Sequence[str]") -> "int":
    """Go on as another program; where the system can, in this very process."""
    if os.name == "posix":
        os.execv(command[0], list(command))
    return subprocess.call(command)


class Machine:
    """All that set-up asks of the outside; a test hands over its own."""

    def __init__(
        self,
        root: "str" = ROOT,
        python: "tuple[int, int]" = sys.version_info[:2],
        environ: "MutableMapping[str, str]" = os.environ,
        run: "Callable[[Sequence[str]], tuple[int, str]]" = run,
        become: "Callable[[Sequence[str]], int]" = become,
    ) -> "None":
        self.root, self.python, self.environ = root, python, environ
        self.run, self.become = run, become
        self.script = os.path.join(root, "weike.py")
        self.venv = os.path.join(root, ".venv")
        self.stamp = os.path.join(self.venv, STAMP)
        bin_python = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
        self.interpreter = os.path.join(self.venv, *bin_python)
        self.base = getattr(sys, "_base_executable", sys.executable)

    def lock(self, group: "str") -> "str":
        """Return the path of a group's hash-locked requirements."""
        return os.path.join(self.root, f"requirements-{group}.lock".replace("-base", ""))

    def digest(self, group: "str") -> "str":
        """Name everything that a group's installation depends on."""
        with open(self.lock(group), "rb") as file:
            content = file.read().replace(b"\r\n", b"\n")
        return sha256(f"{self.python} {sys.platform} ".encode() + content).hexdigest()

    def installed(self) -> "dict[str, str]":
        """Read the stamp, group -> digest; empty when .venv is absent, unfinished or crippled."""
        needed = (self.interpreter, os.path.join(self.venv, "pyvenv.cfg"))
        groups = {name: digest for name, digest in stamped(self.stamp).items() if digest != WANTED}
        return groups if all(map(os.path.exists, needed)) else {}

    def chosen(self, wheels: "str") -> "str":
        """Name the profile for who asks for none: the one before, else what the wheels were got for."""
        names = stamped(self.stamp) or stamped(os.path.join(f"{self.venv}.old", STAMP))
        if not names and wheels:
            names = {g: "" for g in PROFILES["voice"] if in_folder(self.lock(g), wheels)}
        return ([p for p in PROFILES if set(PROFILES[p]) <= set(names)] or [DEFAULT_PROFILE])[-1]

    def mark(self, groups: "dict[str, str]") -> "None":
        """Write the stamp: what is installed, and what only is wanted."""
        with open(self.stamp + ".new", "w", encoding="ascii") as file:
            file.writelines(f"{name} {digest}\n" for name, digest in groups.items())
        os.replace(self.stamp + ".new", self.stamp)

    def distrust(self) -> "None":
        """What is installed does not work: it is to be made again, the same groups."""
        self.mark(dict.fromkeys(stamped(self.stamp), WANTED))

    def missing(self, groups: "Sequence[str]") -> "list[str]":
        """Return those of the groups that are not installed as their locks say now."""
        there = self.installed()
        return [group for group in groups if there.get(group) != self.digest(group)]


def stamped(path: "str") -> "dict[str, str]":
    """Read a stamp; empty when there is none or it is torn."""
    try:
        with open(path, encoding="ascii") as file:
            return dict(line.split() for line in file)
    except (OSError, ValueError):
        return {}


def in_folder(path: "str", folder: "str") -> "bool":
    """Tell whether a folder has a file of that name."""
    return os.path.exists(os.path.join(folder, os.path.basename(path)))


def alone(path: "str") -> "IO[str]":
    """Wait for a lock file, so that two processes never set up one folder; closing it lets go."""
    file = open(path, "a", encoding="ascii")  # noqa: SIM115  (the caller closes it)
    if sys.platform == "win32":
        import msvcrt

        while True:
            with suppress(OSError):  # gives up after ten seconds
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                break
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)
    return file


def execute(machine: "Machine", command: "Sequence[str]", wheels: "str" = "") -> "None":
    """Run one step of set-up; on failure turn what it printed into one sentence."""
    code, output = machine.run(command)
    if code:
        with open(f"{machine.venv}.log", "w", encoding="utf-8") as file:
            file.write(output)
        raise Stop(cause(machine, output, wheels))


def cause(machine: "Machine", output: "str", wheels: "str" = "") -> "str":
    """Find the sentence for a failed step of set-up."""
    lines = output.strip().splitlines() or ["原因不明"]
    detail = ([line for line in lines if "ERROR: " in line] or lines)[-1][:120]
    text = next((text for marks, text in CAUSES if any(m in output for m in marks)), UNKNOWN)
    text = INCOMPLETE if wheels and text in (NETWORK, NO_WHEEL) else text
    return text.format(root=machine.root, detail=detail, wheels=wheels, log=f"{machine.venv}.log")


def install(machine: "Machine", groups: "Sequence[str]", wheels: "str") -> "None":
    """Install groups into .venv and stamp each when it is complete: nothing else writes a stamp."""
    source = ["--isolated", "--no-index", "--find-links", wheels] if wheels else ["--retries=2"]
    pip = [machine.interpreter, "-m", "pip", "install", "--no-compile", "--no-warn-script-location"]
    for group in groups:
        with open(machine.lock(group), encoding="utf-8") as file:
            say(f"  正在安装 {sum('==' in line for line in file)} 个组件（{group}）……")
        execute(machine, [*pip, *PIP, *source, "-r", machine.lock(group)], wheels)
        machine.mark({**stamped(machine.stamp), group: machine.digest(group)})


def rebuild(machine: "Machine", groups: "Sequence[str]", wheels: "str") -> "None":
    """Make .venv anew; the former one comes back if that fails."""
    if machine.run([machine.base, "-c", "import ensurepip, venv"])[0]:
        raise Stop(NO_VENV)
    former = machine.venv + ".old"
    shutil.rmtree(former, ignore_errors=True)
    if os.path.lexists(machine.venv):
        os.replace(machine.venv, former)
    try:
        execute(machine, [machine.base, "-m", "venv", machine.venv])
        machine.mark(dict.fromkeys(groups, WANTED))  # should this be killed, the choice is known
        install(machine, groups, wheels)
    except BaseException:
        shutil.rmtree(machine.venv, ignore_errors=True)
        if os.path.lexists(former):
            os.replace(former, machine.venv)
        raise
    shutil.rmtree(former, ignore_errors=True)


def prepare(machine: "Machine", groups: "Sequence[str]", wheels: "str") -> "None":
    """Bring .venv to what the locks say; return at once when it is."""
    if not machine.missing(groups):
        return
    reason = "第一次使用，正在准备运行环境"
    if machine.installed():
        reason = "要装的组件或 Python 有变化，正在更新运行环境"
    elif os.path.lexists(machine.venv):
        reason = "运行环境 .venv 不完整，正在自动重建"
    say(f"{reason}，请稍候……")
    with alone(machine.venv + ".lock"):
        todo = machine.missing(groups)  # another process may have done it meanwhile
        if "base" in todo:
            rebuild(machine, groups, wheels)
        else:
            install(machine, todo, wheels)
    say("运行环境已就绪。")


def enter(argv: "Sequence[str]", machine: "Machine") -> "int":
    """Run a verb in .venv: step in when all is ready there, or, being inside already, run it."""
    rest = list(argv)
    wheels = take(rest, "--wheelhouse") or machine.environ.get("WEIKE_WHEELHOUSE", "")
    profile = take(rest, "--profile", PROFILES) or machine.environ.get("WEIKE_PROFILE", "")
    if machine.environ.pop(READY, ""):
        return inside(rest, argv, machine)
    beside = os.path.join(machine.root, "wheelhouse")
    wheels = wheels or (beside if os.path.isdir(beside) else "")
    if wheels and not os.path.isdir(wheels):
        raise Stop(f"找不到离线安装包目录 {wheels}：请检查路径后重试。")
    groups = PROFILES.get(profile or machine.chosen(wheels))
    if groups is None:
        raise Stop(f"环境变量 WEIKE_PROFILE 的值“{profile}”无效：只能是 {'、'.join(PROFILES)}。")
    if profile:
        machine.environ["WEIKE_PROFILE"] = profile  # `wheelhouse` asks for it, inside .venv
    for _ in range(2):
        try:
            prepare(machine, groups + NEEDS.get(rest[0], []), wheels)
        except OSError as error:
            raise Stop(cause(machine, str(error))) from error
        machine.environ[READY] = "1"
        try:
            return machine.become([machine.interpreter, machine.script, *argv])
        except OSError:  # its Python does not start
            machine.distrust()
    raise Stop(UNKNOWN.format(detail=machine.interpreter, log=machine.stamp))


def take(argv: "list[str]", option: "str", accepted: "Container[str] | None" = None) -> "str":
    """Remove `option VALUE` or `option=VALUE` from the arguments and return the value."""
    for at, word in enumerate(argv[: [*argv, "--"].index("--")]):
        name, equals, value = word.partition("=")
        end = at + 1 if equals else at + 2
        value = value if equals else "".join(argv[at + 1 : end])
        if name == option and value and (accepted is None or value in accepted):
            del argv[at:end]
            return value
    return ""


def inside(rest: "list[str]", argv: "Sequence[str]", machine: "Machine") -> "int":
    """Run a verb in .venv; should a package have gone missing there, make .venv again, once."""
    again = machine.environ.pop(REBUILT, "")
    try:
        return dispatch(rest, machine)
    except ImportError as error:
        lost = (error.name or "").partition(".")[0]
        if again or lost in ("", "builder", "publish", "service"):
            raise
    say(f"运行环境缺少组件 {lost}，自动重建一次。")
    machine.distrust()
    machine.environ[REBUILT] = "1"
    return machine.become([machine.base, machine.script, *argv])


def run_tests(arguments: "list[str]", machine: "Machine") -> "int":
    """Run every judge, also after one has failed; one line a step."""
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    if set(arguments[:cut]) - {"--full"}:
        raise Stop("test 只认 --full：给 pytest 的参数请写在 -- 之后。")
    if cut:
        machine.environ["WEIKE_FULL"] = "1"
    steps = {name: [sys.executable, *words] for name, words in JUDGES.items()}
    steps["pytest"] += arguments[cut + 1 :] or ALL_CORES
    required = machine.environ.get("WEIKE_REQUIRE") and sys.platform == "linux"
    wanted = [package for program, package in DEBIAN.items() if not shutil.which(program)]
    if required and os.geteuid() == 0 and wanted:
        steps = {"apt": ["sh", "-c", APT + " ".join(wanted)], **steps}
    os.chdir(machine.root)
    failed = 0
    with scratch(machine):
        for name, command in steps.items():
            started = monotonic()
            own = name == "pytest"  # it speaks for itself
            code, output = (subprocess.call(command), "") if own else machine.run(command)
            verdict = output + "失败" if code else "通过"
            print(f"{verdict}：{name}（{monotonic() - started:.1f} 秒）", flush=True)
            failed += bool(code)
    return min(failed, 1)


@contextmanager
def scratch(machine: "Machine") -> "Iterator[None]":
    """Let tests write into memory where there is plenty: they sync thousands of small databases.

    Where Python is told to keep no compiled code it keeps it there for this run: else each of hundreds
    of processes would compile everything anew.
    """
    from tempfile import TemporaryDirectory

    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            told = dict(line.split(":") for line in file)
        room = min(int(told["MemAvailable"].split()[0]) << 10, shutil.disk_usage(MEMORY).free)
    except (OSError, KeyError):
        room = 0
    place = MEMORY if room >= PLENTY else None
    with TemporaryDirectory(prefix="weike-", dir=place, ignore_cleanup_errors=True) as folder:
        if place:
            os.chmod(folder, 0o711)  # noqa: S103  # database servers run as another user, and must get in
            machine.environ["TMPDIR"] = folder
        if machine.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
            machine.environ["PYTHONPYCACHEPREFIX"] = os.path.join(folder, "compiled")
        yield


def make_wheelhouse(arguments: "list[str]", machine: "Machine") -> "int":
    """Download what the locks name, for other machines, into a folder."""
    import argparse

    parser = argparse.ArgumentParser(prog="weike wheelhouse", description=VERBS["wheelhouse"][1])
    parser.add_argument("folder")
    parser.add_argument("--platform", nargs="+", action="extend", choices=PLATFORMS)
    parser.add_argument("--python", nargs="+", action="extend")
    parser.add_argument("--service", action="store_true")
    parser.add_argument("--test", action="store_true")
    options = parser.parse_args(arguments)
    asked = PROFILES.get(machine.environ.get("WEIKE_PROFILE", ""))
    groups = asked or [g for g in machine.installed() if g != "test"]
    wanted = ["service"] * (options.service or options.test) + ["test"] * options.test
    groups = groups + [g for g in wanted if g not in groups]
    os.makedirs(options.folder, exist_ok=True)
    lock = machine.venv + ".target.txt"
    for platform in options.platform or [PLATFORMS[os.name != "nt"]]:
        for python in options.python or ["{}.{}".format(*machine.python)]:
            say(f"正在下载 {platform}、Python {python} 的组件……")
            for group in groups:
                shutil.copy(machine.lock(group), options.folder)
                with open(lock, "w", encoding="utf-8") as file:
                    file.writelines(for_target(machine.lock(group), platform, python))
                execute(machine, download(lock, platform, python, options.folder))
    with open(os.path.join(options.folder, "使用说明.txt"), "w", encoding="utf-8") as file:
        file.write(README)
    say(f"离线安装包已就绪：{options.folder}")
    return 0


def download(lock: "str", platform: "str", python: "str", folder: "str") -> "list[str]":
    """Return the command that downloads a lock's wheels for one platform and Python."""
    tags = [platform]
    if platform.startswith("linux_"):
        names = [*(f"_2_{minor}" for minor in range(GLIBC, 4, -1)), "2014"]  # 2014 implies 2010, 1
        tags = [platform.replace("linux", f"manylinux{name}") for name in names]
    target = [f"--platform={tag}" for tag in tags] + [f"--python-version={python}"]
    pip = [sys.executable, "-m", "pip", "download", "--implementation=cp", "-d", folder]
    return [*pip, *PIP, *target, "-r", lock]


def for_target(lock: "str", platform: "str", python: "str") -> "Iterator[str]":
    """Yield the lines of a lock that hold on another machine; pip would judge them by this one."""
    from packaging.requirements import Requirement

    system, _, architecture = platform.partition("_")
    there = {"sys_platform": "win32", "os_name": "nt", "platform_machine": "AMD64"}
    if system == "linux":
        there = {"sys_platform": "linux", "os_name": "posix", "platform_machine": architecture}
    there.update(python_version=python, python_full_version=f"{python}.0")
    with open(lock, encoding="utf-8") as file:
        lines = file.read().replace("\\\n", " ").splitlines()
    for line in lines:
        words, mark, hashes = line.partition(" --hash=")
        requirement = Requirement(words)
        if not requirement.marker or requirement.marker.evaluate(there):
            yield f"{requirement.name}{requirement.specifier}{mark}{hashes}\n"


def dispatch(argv: "list[str]", machine: "Machine") -> "int":
    """Run a verb in this process."""
    verb, *arguments = argv
    if VERBS[verb][0]:
        ours = verb == "pull" and arguments[:1] and arguments[0] in PULLED
        return int(import_module("service.pulling" if ours else VERBS[verb][0]).main(argv))
    if not os.path.exists(machine.lock("base")):
        raise Stop(f"{verb} 要用到源码目录：请在那里运行 python3 weike.py {verb}。")
    try:
        return {"test": run_tests, "wheelhouse": make_wheelhouse}[verb](arguments, machine)
    except OSError as error:
        raise Stop(cause(machine, str(error))) from error


def start(argv: "list[str]", machine: "Machine", go: "Callable[..., int]") -> "int":
    """Look at the verb and let `go` run it; word what stops it."""
    try:
        if machine.python < (3, 11):
            raise Stop(OLD_PYTHON.format(*machine.python))
        if not argv or argv[0] in ("help", "-h", "--help"):
            lines = [f"  {verb:<11} {text}" for verb, (_, text) in VERBS.items()]
            say(
                "\n".join(
                    [
                        "用法：python3 weike.py 命令 [参数]… [--profile {}] [--wheelhouse 离线安装包目录]".format(
                            "|".join(PROFILES)
                        ),
                        *lines,
                        PROFILE_HELP,
                    ]
                )
            )
            return 0 if argv else 1
        if argv[0] not in VERBS:
            from difflib import get_close_matches

            near = "".join(f"您是不是要用 {v}？" for v in get_close_matches(argv[0], VERBS, 1))
            raise Stop(f"没有“{argv[0]}”这个命令：{near}可用的命令有 {'、'.join(VERBS)}。")
        return go(argv, machine)
    except Stop as stop:
        say(str(stop))
        return 1
    except KeyboardInterrupt:
        say("已中断。")
        return 130


def leave(code: "int") -> "None":
    """End the process. Nothing is left to tidy up, and taking a large one apart costs time."""
    with suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def main() -> "int":
    """Run weike as an installed command: no set-up."""
    return start(sys.argv[1:], Machine(), dispatch)


if __name__ == "__main__":
    leave(start(sys.argv[1:], Machine(), enter))
