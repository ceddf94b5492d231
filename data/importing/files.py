"""Opening label files: JSON, XML with its lines, CSV with its lines, and exports that come as ZIP."""

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue], it ships no types
from pydantic import ValidationError

from data.errors import DatasetError
from data.importing.table import Table

#: An export holds masks and a few lists; more is not unpacked. A convention of this project.
_MOST_BYTES, _MOST_FILES = 20_000_000_000, 200_000


def spell(error: ValidationError) -> str:
    """A validation error in one line."""
    return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())


def read_json(path: Path) -> Any:
    """Raises DatasetError, with the line, for what is no JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        raise DatasetError(f"{path.name} line {error.lineno} is no JSON ({error.msg}).") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path.name} cannot be read ({error}).") from error


def read_xml(path: Path) -> Any:
    """The root element; each element knows its `sourceline`. Raises DatasetError for what is no XML.

    Entities are not resolved and nothing is fetched: a label file has no business with either.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    try:
        return etree.fromstring(path.read_bytes(), parser)
    except (etree.XMLSyntaxError, OSError) as error:
        raise DatasetError(f"{path.name} is no readable XML ({error}).") from error


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a CSV file, its columns by our names; empty cells are left out."""

    place: str
    cells: dict[str, str]


def read_lines(path: Path, table: Table) -> Iterator[Line]:
    """The lines of a CSV file, separated by commas, semicolons or tabs. Raises DatasetError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path.name} cannot be read ({error}): save it as CSV in UTF-8.") from error
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    columns = [table.column(name.strip()) for name in next(reader, [])]
    if not any(columns):
        raise DatasetError(f"{path.name} has no line of column names.")
    if len(set(columns)) < len(columns):
        raise DatasetError(f"{path.name} line 1 names a column twice.")
    for cells in reader:
        place = f"{path.name} line {reader.line_num}"
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(columns):
            raise DatasetError(f"{place}: {len(cells)} cells under {len(columns)} columns.")
        yield Line(
            place, {name: cell.strip() for name, cell in zip(columns, cells, strict=True) if cell.strip()}
        )


@contextmanager
def opened_folder(source: Path) -> Generator[Path, None, None]:
    """The folder of an export, unpacked for the time being where it is a ZIP. Raises DatasetError."""
    if source.is_dir():
        yield source
        return
    if not source.is_file():
        raise DatasetError(f"{source} is not there.")
    if not zipfile.is_zipfile(source):
        raise DatasetError(f"{source.name} is neither a folder nor a ZIP file.")
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(source) as archive:
        entries = archive.infolist()
        if len(entries) > _MOST_FILES or sum(entry.file_size for entry in entries) > _MOST_BYTES:
            raise DatasetError(f"{source.name} holds too much to be an export of labels: unpack it by hand.")
        try:
            archive.extractall(folder)  # drops drives, leading slashes and ".." of names
        except (OSError, zipfile.BadZipFile, RuntimeError) as error:
            raise DatasetError(f"{source.name} cannot be unpacked ({error}): export it again.") from error
        yield Path(folder)
