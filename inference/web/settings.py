"""Settings of the web app, from the environment (CICATRIX_HOST, CICATRIX_PORT, …)."""

import ipaddress
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from inference.errors import CicatrixError


class ServeError(CicatrixError):
    """The app cannot be served with these settings."""


class Settings(BaseSettings):
    """Where and how the app is served.

    Accounts come from `auth_file` (see inference.web.accounts) or from `user` and `password` together.
    """

    model_config = SettingsConfigDict(env_prefix="CICATRIX_", env_file=None, extra="ignore")

    host: str = "127.0.0.1"
    port: int = Field(default=7860, ge=0, le=65535)
    user: str | None = None
    password: SecretStr | None = None
    auth_file: Path | None = None
    max_upload_mb: int = Field(default=60, ge=1, le=500)
    queue_size: int = Field(default=16, ge=1)
    sample_folder: Path = Path(__file__).resolve().parents[2] / "data" / "sample"

    @property
    def has_accounts(self) -> bool:
        """Whether anybody has to log in."""
        return self.auth_file is not None or (bool(self.user) and self.password is not None)

    def check(self) -> None:
        """Raises ServeError where patient photographs would be open to the network."""
        if not is_loopback(self.host) and not self.has_accounts:
            raise ServeError(
                f"{self.host} can be reached from other machines and no login is set up: set "
                "CICATRIX_AUTH_FILE, or CICATRIX_USER and CICATRIX_PASSWORD, or serve on 127.0.0.1"
            )
        if bool(self.user) != (self.password is not None):
            raise ServeError("CICATRIX_USER and CICATRIX_PASSWORD only work together: set both or neither")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`. A name other than localhost is taken to be reachable."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
