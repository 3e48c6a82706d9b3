"""A real sshd on loopback, with keys of its own, that lets this very user in."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import lacking
from tests.webservers import answering, free_port

CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {here}/host
PidFile {here}/pid
AuthorizedKeysFile {here}/user.pub
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin yes
MaxStartups 100
{more}
"""
CLIENT = """\
Host {host}
  HostName 127.0.0.1
  Port {port}
  User {user}
  IdentityFile {here}/user
  IdentitiesOnly yes
  UserKnownHostsFile {here}/known
"""


@contextmanager
def sshd(here: Path, host: str, path: str = "") -> Iterator[Path]:
    """A server; the client's configuration for it. `path`: where it finds programs, if not everywhere."""
    program = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin")
    if program is None or shutil.which("ssh") is None:
        lacking("sshd")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # it insists
    here.mkdir(parents=True)
    port, user = free_port(), pwd.getpwuid(os.geteuid()).pw_name
    for name in ("host", "user"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(here / name)]
        subprocess.run(words, check=True)
    home = (
        here / "home"
    )  # empty: start files of the one who runs this cost each call a fifth of a second
    home.mkdir()
    more = f"SetEnv HOME={home}" + (f" PATH={path}" if path else "")
    (here / "sshd_config").write_text(CONFIG.format(port=port, here=here, more=more), "utf-8")
    public = (here / "host.pub").read_text("utf-8")
    (here / "known").write_text(f"[127.0.0.1]:{port} {public}", "utf-8")
    client = CLIENT.format(host=host, port=port, here=here, user=user)
    (here / "client").write_text(client, "utf-8")
    words = [str(program), "-D", "-e", "-f", str(here / "sshd_config")]
    with (here / "log").open("wb") as log, subprocess.Popen(words, stderr=log) as process:
        try:
            answering(port, process)
            yield here / "client"
        finally:
            process.terminate()
