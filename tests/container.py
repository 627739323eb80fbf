"""Executes a Dockerfile in folders, where no engine can: `FROM` is Debian by debootstrap, `RUN` a chroot.

What that cannot show: the published base image itself (debootstrap makes the same packages, with their documentation),
layers, an engine's own limits and its network.
"""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import orjson

DEBIAN = re.compile(r"debian:(\w+)-slim")

ASKED_FOR = (
    "PIP_",
    "SSL_",
    "REQUESTS_CA_BUNDLE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_",
    "https_",
    "no_proxy",
)
"""What this machine's own downloads may need of the environment; the steps get the same."""

HERE = ("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", "/etc/apt/apt.conf.d", "/etc/apt/auth.conf.d")
"""Files of this machine that say how it reaches packages."""


@dataclass
class Image:
    """A stage as it stands: its files, and what later instructions and the engine take from it."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = "0:0"
    health: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)

    def wrapped(self, *before: str) -> list[str]:
        """What runs a command in it: a mount namespace, this machine's `/proc`, and `before`, in the shell's words."""
        root = shlex.quote(str(self.root))
        steps = [f"mount --bind {root} {root}", f"mount -t proc proc {root}/proc", *before]
        given = shlex.join(f"{name}={value}" for name, value in self.environment.items())
        enter = f'exec chroot --userspec={self.user} {root} /usr/bin/env -i {given} "$@"'
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", "\n".join([*steps, enter]), "sh"]


@dataclass
class Builder:
    """Builds stages under a folder, from a context."""

    context: Path
    folder: Path
    stages: dict[str, Image] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)

    def build(self) -> Image:
        """Executes the context's Dockerfile; the last stage."""
        image = None
        for word, rest in instructions((self.context / "Dockerfile").read_text()):
            if word == "ARG":
                name, _, value = rest.partition("=")
                self.arguments.setdefault(name, value)
            elif word == "FROM":
                image = self._from(self._filled(rest, {}))
            elif image is None:
                raise AssertionError(f"{word} before FROM")
            else:
                getattr(self, f"_{word.lower()}")(image, rest)
        assert image is not None
        return image

    def _filled(self, text: str, more: dict[str, str]) -> str:
        return re.sub(r"\$\{?(\w+)\}?", lambda name: (self.arguments | more)[name[1]], text)

    def _from(self, rest: str) -> Image:
        base, _, name = rest.partition(" AS ")
        root = self.folder / (name or "last")
        if base in self.stages:
            before = self.stages[base]
            subprocess.run(["cp", "-a", "--reflink=auto", str(before.root), str(root)], check=True)
            image = Image(root, dict(before.environment))
        else:
            bootstrap(DEBIAN.fullmatch(base)[1], root)
            image = Image(root, {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"})
        self.stages[name or "last"] = image
        return image

    def _run(self, image: Image, rest: str) -> None:
        asked = {name: value for name, value in os.environ.items() if name.startswith(ASKED_FOR)}
        inside = Image(image.root, image.environment | asked | self.arguments | {"DEBIAN_FRONTEND": "noninteractive"})
        shown, here = [], image.root / "here"
        for n, (name, path) in enumerate(inside.environment.items()):
            if name in asked and path.startswith("/") and Path(path).exists():
                there = here / str(n)
                there.mkdir(parents=True) if Path(path).is_dir() else (here.mkdir(exist_ok=True), there.touch())
                shown.append(shlex.join(["mount", "--bind", path, str(there)]))
                inside.environment[name] = f"/here/{n}"
        step = f"cd {shlex.quote(image.folder)}\n{rest}"
        done = subprocess.run([*inside.wrapped(*shown), "/bin/sh", "-ec", step], capture_output=True, text=True)
        shutil.rmtree(here, ignore_errors=True)
        assert done.returncode == 0, f"RUN {rest}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"

    def _copy(self, image: Image, rest: str) -> None:
        *sources, target = rest.split()
        origin = self.context
        if sources[0].startswith("--from="):
            origin = self.stages[sources.pop(0).removeprefix("--from=")].root
        into = image.root / os.path.join(image.folder, target).lstrip("/")  # noqa: PTH118  # an absolute target wins
        for source in sources:
            path = origin / source.lstrip("/")
            if path.is_dir():
                shutil.copytree(path, into, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*IGNORED))
            else:
                into.mkdir(parents=True, exist_ok=True) if target.endswith(("/", ".")) else None
                shutil.copy2(path, into)

    def _workdir(self, image: Image, rest: str) -> None:
        image.folder = rest
        (image.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)

    def _env(self, image: Image, rest: str) -> None:
        image.environment |= dict(one.split("=", 1) for one in shlex.split(rest))

    def _label(self, image: Image, rest: str) -> None:
        image.labels |= dict(one.split("=", 1) for one in shlex.split(rest))

    def _user(self, image: Image, rest: str) -> None:
        image.user = rest

    def _healthcheck(self, image: Image, rest: str) -> None:
        image.health = orjson.loads(rest.partition(" CMD ")[2])

    def _cmd(self, image: Image, rest: str) -> None:
        image.command = orjson.loads(rest)

    def _volume(self, image: Image, rest: str) -> None:
        assert (image.root / rest.lstrip("/")).is_dir()

    def _expose(self, image: Image, rest: str) -> None:
        """For engines alone."""

    _stopsignal = _expose


IGNORED = ("__pycache__",)


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """A Dockerfile's instructions: the word, and the rest as one line."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    for whole in re.sub(r"\\\n\s*", " ", "\n".join(lines)).splitlines():
        word, _, rest = whole.partition(" ")
        yield word, rest.strip()


def bootstrap(suite: str, root: Path) -> None:
    """Debian's smallest system, from where this machine has its own packages."""
    subprocess.run(["debootstrap", "--variant=minbase", suite, str(root), mirror()], check=True, capture_output=True)
    for path in map(Path, HERE):
        there = root / str(path).lstrip("/")
        if path.is_dir():
            shutil.copytree(path, there, dirs_exist_ok=True)
        elif path.exists():
            shutil.copy(path, there)


def mirror() -> str:
    """The mirror of Debian that this machine is set up with."""
    for path in (Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))):
        if not path.is_file() or path.suffix not in {".list", ".sources"}:
            continue
        found = re.search(r"^(?:deb(?: \[.*?\])? |URIs: )(\S+/debian/?)(?:\s|$)", path.read_text(), re.MULTILINE)
        if found:
            return found[1]
    return ""
