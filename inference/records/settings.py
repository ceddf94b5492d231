"""Where the records are kept, from the environment (CICATRIX_DATA_FOLDER, CICATRIX_DATABASE_URL)."""

from collections.abc import Iterable
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from inference.records.errors import RecordsError


def _default_folder() -> Path:
    return Path.home() / ".local" / "share" / "cicatrix"


class RecordsSettings(BaseSettings):
    """Where the records are kept.

    data_folder: of the photographs, and of the SQLite database unless `database_url` names a PostgreSQL server, as
    postgresql://user:password@host/name.
    """

    model_config = SettingsConfigDict(env_prefix="CICATRIX_", env_file=None, extra="ignore")

    data_folder: Path = Field(default_factory=_default_folder)
    database_url: SecretStr | None = None

    @property
    def sqlite_file(self) -> Path:
        """The SQLite database, where no server is named."""
        return self.data_folder.expanduser().resolve() / "records.sqlite"

    def check(self, served: Iterable[Path]) -> None:
        """Raises RecordsError where the data folder lies in one of `served`, or one of them in it: folders whose files
        the web server hands out."""
        data = self.data_folder.resolve()
        for folder in served:
            open_to_web = folder.resolve()
            if data.is_relative_to(open_to_web) or open_to_web.is_relative_to(data):
                raise RecordsError(
                    f"{data} could be reached through the web server: set CICATRIX_DATA_FOLDER to a folder outside "
                    f"{open_to_web}"
                )
