"""A PostgreSQL server of its own in a temporary folder, reached through a socket there and nowhere else."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


class NoServerError(Exception):
    """No PostgreSQL server can be started here; the message says why."""


@contextmanager
def postgres_server() -> Iterator[str]:
    """Yields the address of the database of a new server. Raises NoServerError."""
    programs = _programs()
    user = _unprivileged()
    folder = Path(
        tempfile.mkdtemp(prefix="cicatrix-pg-")
    )  # short, as the path of a socket has at most 107 bytes
    if user is not None:
        shutil.chown(folder, user)
    data = folder / "data"

    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), *arguments]
        done = subprocess.run(command, user=user, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NoServerError(f"{program} failed: {(done.stderr or done.stdout).strip()[-500:]}")

    try:
        run("initdb", "-D", str(data), "-A", "trust", "-U", "clinic", "-E", "UTF8", "--locale=C", "--no-sync")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        run("pg_ctl", "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start")
        try:
            yield f"postgresql://clinic@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def create_schema(address: str, name: str) -> str:
    """New, empty room in the database; returns its address. A database for each test would be 300 files each."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'CREATE SCHEMA "{name}"'.encode())
    return f"{address}&options=-csearch_path%3D{name}"


def _programs() -> Path:
    """The folder of the newest server that is installed; Debian keeps it off the path."""
    on_path = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    found = debian[-1] if debian else Path(on_path).resolve() if on_path else None
    if found is None:
        raise NoServerError(
            "no PostgreSQL server is installed: `make postgres` installs it on Debian and Ubuntu"
        )
    return found.parent


def _unprivileged() -> str | None:
    """Who runs the server: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError as error:
        raise NoServerError("the server does not run as root, and there is no user postgres") from error
