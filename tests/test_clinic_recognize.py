"""Views and days of new photographs: recognized where something tells them, with the reason, and never guessed."""

from datetime import date
from pathlib import Path

import pytest
from photo_files import save_jpeg, skin
from PIL import Image, ImageOps

from inference.check import NOTHING_SAID, Instruments
from inference.face.face import Pose
from inference.face.find import FaceFinder
from inference.network.bundle import BundleError, default_bundle_folder, load_bundle
from inference.network.session import Network
from inference.photo.read import read_photo
from inference.web.clinic.recognize import (
    Earlier,
    Recognizer,
    ViewGuess,
    day_of,
    view_of_face,
    view_of_name,
)

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "sample"
LONDON = Path(__file__).resolve().parents[2] / "shared" / "data" / "london" / "neutral"


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    try:
        bundle = load_bundle(default_bundle_folder())
    except BundleError as error:
        pytest.skip(str(error))
    return Recognizer(Instruments(Network(bundle)))


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Visits of the sample series, small enough to be quick, and the third in a mirror."""
    folder = tmp_path_factory.mktemp("visits")
    made: dict[str, Path] = {}
    for number in (1, 3):
        with Image.open(SAMPLE / f"visit-{number}.jpg") as image:
            small = image.resize((960, 640), Image.Resampling.LANCZOS)
        pictures = {f"visit-{number}": small, f"mirrored-{number}": ImageOps.mirror(small)}
        for name, picture in pictures.items():
            made[name] = folder / f"{name}.jpg"
            picture.save(made[name], quality=95)
    return made


@pytest.fixture(scope="module")
def baseline(photographs: dict[str, Path]) -> Earlier:
    return Earlier("left cheek", date(2026, 3, 12), photographs["visit-1"], NOTHING_SAID)


def seen(recognizer: Recognizer, path: Path, *earlier: Earlier, name: str | None = None) -> ViewGuess:
    checked = recognizer.check(read_photo(path), NOTHING_SAID)
    return recognizer.view_of(checked, earlier, name or path.name)


def test_the_same_skin_gives_its_view_and_other_skin_does_not(
    recognizer: Recognizer, photographs: dict[str, Path], baseline: Earlier, tmp_path: Path
) -> None:
    other = Earlier("chin", date(2026, 3, 12), save_jpeg(tmp_path / "chin.jpg", skin(400, 600)), NOTHING_SAID)
    found = seen(recognizer, photographs["visit-3"], other, baseline)
    assert found == ViewGuess("left cheek", "match", on=date(2026, 3, 12))
    mirrored = photographs["mirrored-3"]
    assert seen(recognizer, mirrored, baseline) == ViewGuess()
    named = seen(recognizer, mirrored, name="Wange rechts 2.jpg")
    assert named == ViewGuess("right cheek", "name", word="wange rechts")


def test_an_earlier_photograph_that_is_gone_only_helps_no_more(
    recognizer: Recognizer, photographs: dict[str, Path], tmp_path: Path
) -> None:
    gone = Earlier("chin", date(2026, 3, 12), tmp_path / "gone.jpg", NOTHING_SAID)
    assert seen(recognizer, photographs["visit-1"], gone) == ViewGuess()


def test_a_face_gives_its_view(recognizer: Recognizer, baseline: Earlier) -> None:
    path = next(iter(sorted(LONDON.glob("*.jpg"))), None)
    if path is None or not FaceFinder.available():
        pytest.skip("no photographs of faces, or no face models")
    found = seen(recognizer, path, baseline)
    assert (found.view, found.why) == ("front", "face")
    assert found.yaw_deg is not None
    assert abs(found.yaw_deg) < 10


@pytest.mark.parametrize(
    ("yaw_deg", "view"),
    [
        (0, "front"),
        (-22, "front"),
        (45, "right 45°"),
        (-45, "left 45°"),
        (80, "right profile"),
        (-80, "left profile"),
    ],
)
def test_the_turn_of_the_head_gives_the_view(yaw_deg: float, view: str) -> None:
    assert view_of_face(Pose(yaw_deg, 0, 0)).view == view


@pytest.mark.parametrize(
    ("name", "view", "word"),
    [
        ("P12_left_cheek_0001.jpg", "left cheek", "left cheek"),
        ("IMG 4711 Schläfe links.HEIC", "left temple", "schläfe links"),
        ("right-45.dcm", "right 45°", "right 45"),
        ("forehead.png", "forehead", "forehead"),
        ("kinn (2).jpg", "chin", "kinn"),
        ("cheek.jpg", None, ""),
        ("leftover cheekbone.jpg", None, ""),
        ("IMG_4512.jpg", None, ""),
    ],
)
def test_words_of_a_file_name_give_the_view(name: str, view: str | None, word: str) -> None:
    found = view_of_name(name)
    assert (found.view, found.word) == (view, word)


def test_the_day_is_that_of_the_camera(tmp_path: Path) -> None:
    path = tmp_path / "dated.jpg"
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2026:03:04 10:11:12"
    Image.fromarray(skin(200, 300)).save(path, exif=exif)
    assert day_of(read_photo(path)) == date(2026, 3, 4)
    assert day_of(read_photo(SAMPLE / "visit-1.jpg")) is None
