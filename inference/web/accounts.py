"""Logins: one line an account, `name:salt:key`, made by `python -m inference.web.accounts NAME`."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import typer

from inference.web.settings import ServeError, Settings

#: scrypt cost: N, r, p of RFC 7914; 16 MiB and about 50 ms a guess.
_COST = {"n": 2**14, "r": 8, "p": 1}
#: After so many wrong passwords in a row a name is refused for a while.
MAX_FAILURES = 5
LOCKED_S = 60.0


def account_line(name: str, password: str) -> str:
    """A line for the accounts file; the password itself is not in it."""
    salt = secrets.token_bytes(16)
    return f"{name}:{salt.hex()}:{_key(password, salt).hex()}"


def _key(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode("utf-8"), salt=salt, **_COST)


class Accounts:
    """Checks names and passwords, and slows guessing down."""

    def __init__(self, lines: list[str], now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._keys: dict[str, tuple[bytes, bytes]] = {}
        self._failures: dict[str, tuple[int, float]] = {}
        for number, line in enumerate(lines, start=1):
            if line.strip() and not line.startswith("#"):
                self._add(line.strip(), number)

    def _add(self, line: str, number: int) -> None:
        try:
            name, salt, key = line.split(":")
            self._keys[name] = bytes.fromhex(salt), bytes.fromhex(key)
        except ValueError:
            raise ServeError(
                f"line {number} of the accounts file is not name:salt:key; "
                "write it with python -m inference.web.accounts NAME"
            ) from None

    def check(self, name: str, password: str) -> bool:
        """Whether the password is right; False without looking while the name is locked."""
        count, since = self._failures.get(name, (0, 0.0))
        if count >= MAX_FAILURES and self._now() - since < LOCKED_S:
            return False
        salt, key = self._keys.get(name, (b"no such account.", b""))
        right = hmac.compare_digest(_key(password, salt), key)
        if right:
            self._failures.pop(name, None)
        elif name in self._keys:
            self._failures[name] = count + 1, self._now()
        return right


def load_accounts(settings: Settings) -> Accounts | None:
    """The accounts that the settings name, or None where nobody has to log in.

    Raises ServeError when the accounts file is missing or malformed.
    """
    if settings.auth_file is not None:
        return Accounts(_read_lines(settings.auth_file))
    if settings.user and settings.password is not None:
        return Accounts([account_line(settings.user, settings.password.get_secret_value())])
    return None


def _read_lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ServeError(f"cannot read the accounts file {path.name}: {error.strerror}") from error


def _main(name: str) -> None:
    """Asks for a password and prints the line to append to the accounts file."""
    password = typer.prompt(f"Password for {name}", hide_input=True, confirmation_prompt=True, err=True)
    typer.echo(account_line(name, password))


if __name__ == "__main__":
    typer.run(_main)
