"""Reading on real records: answers are kept at once, a reader goes on where they were, and sees nobody else's."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from drawn_designs import manifest_of
from photo_files import save_jpeg, skin
from typer.testing import CliRunner

from inference.cli import app
from inference.reading.answers import unblinded
from inference.reading.design import Asked, Design, read_design
from inference.reading.desk import Answer, Desk, OpenDesign, reader_code
from inference.reading.errors import DesignError, ReadingError
from inference.reading.make import make_design
from inference.reading.order import order
from inference.reading.sources import series_of_manifest, series_of_records
from inference.records.entries import ConsentEntry, PatientEntry, PhotographEntry, VisitEntry
from inference.records.errors import EntryError
from inference.records.records import Records
from inference.records.settings import RecordsSettings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records.open(RecordsSettings(data_folder=tmp_path / "records"))
    yield opened
    opened.close()


def kept_design(records: Records, folder: Path, people: int = 4, readers: tuple[str, ...] = ()) -> OpenDesign:
    manifest = manifest_of(folder, people)
    design = make_design(series_of_manifest(manifest), Asked("gais", 5, 0.5, 0.5, readers))
    return Desk(records).keep(design, manifest.parent)


def places(records: Records, opened: OpenDesign, reader: str) -> list[int]:
    return [one.place for one in records.readings.answers(opened.id, reader)]


def test_a_reader_answers_goes_back_one_step_and_finishes(records: Records, tmp_path: Path) -> None:
    opened, desk = kept_design(records, tmp_path / "photos"), Desk(records)
    total = len(order(opened.design, "ADA"))
    assert total == 8
    assert desk.standing(opened, "ADA").last is None
    desk.answer(opened, "ADA", 0, Answer(1), 4.0)
    desk.answer(opened, "ADA", 1, Answer(None))
    desk.answer(opened, "ADA", 1, Answer(-2))  # once more
    with pytest.raises(ReadingError, match="not the one"):
        desk.answer(opened, "ADA", 0, Answer(0))
    with pytest.raises(ReadingError, match="not the one"):
        desk.answer(opened, "ADA", 5, Answer(0))
    with pytest.raises(ReadingError, match="no answer"):
        desk.answer(opened, "ADA", 2, Answer(4))
    standing = desk.standing(opened, "ADA")
    assert standing.now is not None
    assert standing.last_answer is not None
    assert (standing.done, standing.now.place, standing.last_answer.difference) == (2, 2, -2)
    assert standing.last_answer.changed == 1
    for place in range(2, total):
        desk.answer(opened, "ADA", place, Answer(0))
    assert desk.standing(opened, "ADA").now is None
    assert places(records, opened, "ADA") == list(range(total))


def test_nobody_sees_or_changes_anothers_answers(records: Records, tmp_path: Path) -> None:
    opened, desk = kept_design(records, tmp_path / "photos", readers=("ada", "bo")), Desk(records)
    desk.answer(opened, "ada", 0, Answer(3))
    assert desk.standing(opened, "bo").done == 0
    assert desk.standing(opened, "bo").last_answer is None
    desk.answer(opened, "BO", 0, Answer(-1))  # the design's own spelling is kept
    assert [(one.reader, one.difference) for one in records.readings.answers(opened.id)] == [
        ("ada", 3),
        ("bo", -1),
    ]
    assert records.readings.answers(opened.id, "bo")[0].reader == "bo"
    with pytest.raises(DesignError, match="other readers"):
        desk.answer(opened, "cy", 0, Answer(0))
    with pytest.raises(DesignError, match="other readers"):
        desk.design(opened.id, "cy")
    assert desk.designs("cy") == []
    assert [one.id for one in desk.designs("ada")] == [opened.id]


def test_a_confirmed_answer_outlives_a_kill(tmp_path: Path) -> None:
    records = Records.open(RecordsSettings(data_folder=tmp_path / "records"))
    opened = kept_design(records, tmp_path / "photos")
    records.close()
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from inference.reading.desk import Answer, Desk\n"
        "from inference.records.records import Records\n"
        "from inference.records.settings import RecordsSettings\n"
        "records = Records.open(RecordsSettings(data_folder=Path(sys.argv[1])))\n"
        "desk = Desk(records); opened = desk.designs('ADA')[0]\n"
        "for place in range(3): desk.answer(opened, 'ADA', place, Answer(place - 1))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "records")], env=environment, check=False
    )
    assert run.returncode == -signal.SIGKILL
    records = Records.open(RecordsSettings(data_folder=tmp_path / "records"))
    standing = Desk(records).standing(opened, "ADA")
    assert standing.now is not None
    assert (standing.done, standing.now.place) == (3, 3)
    assert [one.difference for one in records.readings.answers(opened.id)] == [-1, 0, 1]
    records.close()


def patients_with_photographs(records: Records, folder: Path) -> list[int]:
    patients: list[int] = []
    for k in range(3):
        patient = records.patients.add(PatientEntry(code=f"P-{k}"))
        records.patients.consent(patient.id, ConsentEntry(purpose="assessment", given_on=date(2026, 3, 4)))
        for visit in range(2):
            photo = save_jpeg(folder / f"{k}-{visit}.jpg", skin(90, 120, 10 * k + visit))
            on = date(2026, 3, 4) + timedelta(days=84 * visit)
            records.visits.save(patient.id, VisitEntry(on=on), [PhotographEntry(photo, "left cheek")])
        patients.append(patient.id)
    return patients


def test_what_was_said_of_a_patient_goes_with_the_patient(records: Records, tmp_path: Path) -> None:
    patients = patients_with_photographs(records, tmp_path / "photos")
    design = make_design(series_of_records(records, [], date(2026, 10, 16)), Asked("scar_s", 3, 1, 0))
    assert {pair.subject for pair in design.pairs} == {f"patient-{key}" for key in patients}
    desk = Desk(records)
    opened = desk.keep(design, tmp_path)
    for place in range(4):
        desk.answer(opened, "ADA", place, Answer(None, 2, 1))
    read = {opened.design.pair(one.pair).subject for one in records.readings.answers(opened.id)}
    gone = int(sorted(read)[0].removeprefix("patient-"))
    records.patients.delete(gone)
    left = records.readings.answers(opened.id)
    assert 0 < len(left) < 4
    assert all(opened.design.pair(one.pair).subject != f"patient-{gone}" for one in left)
    standing = desk.standing(opened, "ADA")
    assert standing.total == 4  # two patients, each shown twice
    while (now := desk.standing(opened, "ADA").now) is not None:
        assert now.pair.subject != f"patient-{gone}"
        desk.plates(opened, now)
        desk.answer(opened, "ADA", now.place, Answer(None, 3, 3))
    assert desk.standing(opened, "ADA").done == 4
    assert {one.subject for one in unblinded(design, records.readings.answers(opened.id))} == {
        f"patient-{key}" for key in patients if key != gone
    }


def test_a_changed_photograph_is_not_shown(
    records: Records, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    opened, desk = kept_design(records, tmp_path / "photos"), Desk(records)
    now = desk.standing(opened, "ADA").now
    assert now is not None
    left, right = desk.plates(opened, now)
    assert left.shape == right.shape
    save_jpeg(tmp_path / "photos" / str(now.left.image), skin(90, 120, 99))
    with pytest.raises(ReadingError, match="was changed") as error:
        desk.plates(opened, now)
    assert str(now.left.image) not in str(error.value), "the reader would learn the file's name"
    assert str(now.left.image) in caplog.text
    (tmp_path / "photos" / str(now.left.image)).unlink()
    with pytest.raises(ReadingError, match="cannot be shown"):
        desk.plates(opened, now)
    with pytest.raises(DesignError, match="is not in"):
        desk.keep(opened.design, opened.folder)


def test_a_closed_reading_takes_no_answers(records: Records, tmp_path: Path) -> None:
    opened, desk = kept_design(records, tmp_path / "photos"), Desk(records)
    assert records.readings.any_open()
    records.readings.close(opened.id)
    assert not records.readings.any_open()
    assert desk.designs(None) == []
    with pytest.raises(EntryError, match="closed"):
        desk.answer(opened, "ADA", 0, Answer(0))


def test_codes_are_checked() -> None:
    assert reader_code(" dr-a ") == "DR-A"
    for wrong in ("", "two words", "=cmd", "a" * 50, "-a", "_"):
        with pytest.raises(ReadingError, match="code"):
            reader_code(wrong)


def test_the_commands_make_export_and_analyse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CICATRIX_DATA_FOLDER", str(tmp_path / "records"))
    monkeypatch.delenv("CICATRIX_DATABASE_URL", raising=False)
    manifest, run = manifest_of(tmp_path / "photos", 5), CliRunner().invoke
    path = tmp_path / "study" / "design.json"
    made = run(
        app,
        f"reading design {manifest} --scale quartile --repeats 0.4 --nulls 0.2 --seed 7 --reader ada --reader bo "
        f"--out {path}",
    )
    assert made.exit_code == 0, made.output
    assert "8 to read: 5 pairs of two visits, 2 of them once more" in made.output
    design: Design = read_design(path)
    assert (path.parent / design.root / str(design.pairs[0].first.image)).is_file()
    records = Records.open(RecordsSettings())
    desk = Desk(records)
    (opened,) = desk.designs("ada")
    for reader in ("ada", "bo"):
        for trial in order(design, reader):
            steps = 0 if trial.pair.kind != "change" else 1 + int(trial.pair.id[-1]) % 4
            desk.answer(opened, reader, trial.place, Answer(steps if trial.first_on_left else -steps))
    records.close()
    table = run(app, ["reading", "export", str(path), "--out", str(tmp_path / "readings.csv")])
    assert table.exit_code == 0, table.output
    assert "ada: 8 of 8" in table.output
    assert len((tmp_path / "readings.csv").read_text().splitlines()) == 17
    report = tmp_path / "report.html"
    analysed = run(app, ["reading", "analyse", str(path), "--out", str(report)])
    assert analysed.exit_code == 0, analysed.output
    assert "Between readers" in report.read_text()
    for wrong, said in (
        (["analyse", str(path), "--out", str(report), "--model", str(tmp_path)], "no comparison"),
        (["analyse", str(path), "--out", str(tmp_path / "report.doc")], ".html"),
        (["design", "P-404", "--out", str(tmp_path / "other.json")], "P-404"),
    ):
        failed = run(app, ["reading", *wrong])
        assert failed.exit_code == 1
        assert said in failed.output
    assert run(app, ["reading", "close", str(path)]).exit_code == 0
    assert run(app, ["reading", "offer", str(path)]).exit_code == 0
    path.write_text(path.read_text().replace('"seed": 7', '"seed": 8'))
    changed = run(app, ["reading", "export", str(path), "--out", str(tmp_path / "readings.csv")])
    assert "was changed" in changed.output
