"""Packages that the data makers read: npm and Debian, fetched by their ordinary clients and unpacked once.

Callers pin the versions. What is inside a package, and what is made from it, belongs to the data makers.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Callable


class PackageError(RuntimeError):
    """A package could not be fetched; the message says what to do next."""


def npm(work: Path, name: str, version: str) -> Path:
    """Folder of the unpacked npm package ``name`` at exactly ``version``."""
    safe = name.lstrip("@").replace("/", "-")

    def fetch(into: Path) -> None:
        _run(["npm", "pack", f"{name}@{version}", "--silent"], into, "npm", "install Node.js with npm")
        archives = sorted(into.glob("*.tgz"))
        if len(archives) != 1:
            raise PackageError(f"npm pack {name}@{version}: expected one .tgz, found {len(archives)}; run it by hand to see why")
        with tarfile.open(archives[0]) as archive:
            archive.extractall(into, filter="data")
        archives[0].unlink()

    return _cached(work, f"npm-{safe}-{version}", fetch) / "package"


def debian(work: Path, name: str) -> Path:
    """Folder with the unpacked files of the Debian package ``name``; ``name=version`` pins it."""

    def fetch(into: Path) -> None:
        _run(["apt-get", "download", name], into, "apt-get", "run on Debian or Ubuntu, and run 'apt-get update' once")
        archives = sorted(into.glob("*.deb"))
        if len(archives) != 1:
            raise PackageError(f"apt-get download {name}: expected one .deb, found {len(archives)}; run it by hand to see why")
        _run(["dpkg-deb", "-x", archives[0].name, "files"], into, "dpkg-deb", "install the Debian package 'dpkg'")
        archives[0].unlink()

    return _cached(work, f"debian-{name.replace('=', '-').replace(':', '-')}", fetch) / "files"


def _cached(work: Path, folder: str, fetch: Callable[[Path], None]) -> Path:
    """``work.parent/packages/folder``, filled by ``fetch`` in a temporary folder that is renamed when complete."""
    store = work.resolve().parent / "packages"
    target = store / folder
    if target.is_dir():
        return target
    store.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{folder}-", dir=store))
    partial.chmod(0o755)  # apt-get downloads as another user where it runs as root
    try:
        fetch(partial)
        try:
            os.rename(partial, target)
        except OSError:  # another process was faster
            if not target.is_dir():
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def _run(command: list[str], folder: Path, tool: str, next_step: str) -> None:
    """Run ``command`` in ``folder``; name the missing tool or repeat the command's own words when it fails."""
    if shutil.which(tool) is None:
        raise PackageError(f"'{tool}' is not on the PATH, needed for: {' '.join(command)}. Next step: {next_step}.")
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        words = (result.stderr.strip() or result.stdout.strip() or "no message")[-800:]
        raise PackageError(f"'{' '.join(command)}' failed with exit status {result.returncode}: {words}\nNext step: {next_step}; check the name and the version.")
