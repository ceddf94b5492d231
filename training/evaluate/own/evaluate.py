"""The whole evaluation: set and bundles in, report and page out."""

from dataclasses import dataclass
from pathlib import Path

from data.labelled import read_labelled_set
from inference.network import bundle as bundles
from inference.network.bundle import Bundle, default_bundle_folder, load_bundle
from inference.report.files import write_json
from training.evaluate.own.chosen import Side, choose, refuse_seen
from training.evaluate.own.page import page
from training.evaluate.own.report import BundleFacts, Report, as_dict
from training.evaluate.own.results import groups_of, of_bundle, raters_of, tests_of
from training.evaluate.own.run import Bad, Measure, Seen, run
from training.evaluate.own.tables import as_markdown

#: Patients below which intervals are too narrow to be relied on. A convention of this project.
_FEW_PATIENTS = 10


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The report, and pictures of the photographs on which it went worst."""

    report: Report
    worst: list[Bad]


def evaluate_labels(
    manifest: Path, bundle: Path | None, against: Path | None, side: Side, measure: Measure, draws: int
) -> Evaluated:
    """bundle: None is the one in use. against: None is the newest shipped one, unless it is the same.

    Raises DatasetError for the set, LeakError where a bundle was trained on one of the photographs, BundleError.
    """
    labelled = read_labelled_set(manifest)
    chosen = choose(labelled, side)
    compared = bundles_of(bundle, against)
    notes = [note for one in compared for note in refuse_seen(labelled, chosen.photos, one)]
    seen = run(labelled, chosen.photos, compared, measure)
    patients = len({one.patient_id for one in seen.facts})
    notes += _warnings(seen, patients, measure)
    names = [BundleFacts(b.description.name, b.description.version, b.sha256) for b in compared]
    report = Report(
        dataset=labelled.folder.resolve().name,
        side=str(side),
        patients=patients,
        unlabelled=chosen.unlabelled,
        draws=draws,
        bundle=names[0],
        against=names[1] if len(names) > 1 else None,
        notes=tuple(notes),
        new=of_bundle(seen.new, draws),
        old=of_bundle(seen.old, draws) if len(names) > 1 else None,
        tests=tuple(tests_of(seen.new, seen.old, draws)) if len(names) > 1 else (),
        groups=tuple(groups_of(seen.new, seen.facts, draws)),
        raters=tuple(raters_of(seen.new, draws)),
        photographs=tuple(seen.facts),
        failed=seen.failed,
        not_given=tuple(sorted(seen.not_given)),
    )
    return Evaluated(report, seen.worst)


def bundles_of(bundle: Path | None, against: Path | None) -> list[Bundle]:
    """The bundle in question and, unless it is the same, the one to compare with. Raises BundleError."""
    first = load_bundle(bundle or default_bundle_folder())
    other = against or shipped_folder()
    second = None if other is None else load_bundle(other)
    return [first] if second is None or _measure_alike(first, second) else [first, second]


def _measure_alike(one: Bundle, other: Bundle) -> bool:
    """Whether two bundles are one network with one calibration, whatever they are called."""
    first, second = one.description, other.description
    parts = ("plan", "thresholds", "relief_gain", "errors")
    return one.sha256 == other.sha256 and all(getattr(first, part) == getattr(second, part) for part in parts)


def shipped_folder() -> Path | None:
    """The newest bundle that came with the program, whatever was adopted; None where there is none."""
    pattern = f"{bundles.SHIPPED_NAME}-*/{bundles.DESCRIPTION_FILE}"
    folders = [path.parent for path in bundles.BUNDLES_FOLDER.glob(pattern)]
    return max(folders, key=bundles.age) if folders else None


def _warnings(seen: Seen, patients: int, measure: Measure) -> list[str]:
    found: list[str] = []
    if patients < _FEW_PATIENTS:
        found.append(f"{patients} patients are few: the intervals are narrower than they ought to be.")
    assumed = sum(one.scale_source == "assumed" for one in seen.facts)
    if assumed and measure.mm_per_px is None:
        found.append(
            f"The scale of {assumed} photographs is the usual framing of a cheek, which may be off by half: so may be "
            "the 3 mm within which a scar counts as found. Give mm_per_px in the manifest, or --mm-per-px."
        )
    return found


def write(evaluated: Evaluated, out: Path) -> str:
    """labels.json, labels.md and labels.html into `out`; returns the text of labels.md."""
    out.mkdir(parents=True, exist_ok=True)
    text = as_markdown(evaluated.report)
    write_json(out / "labels.json", as_dict(evaluated.report))
    (out / "labels.md").write_text(text + "\n", encoding="utf-8")
    (out / "labels.html").write_text(page(evaluated.report, evaluated.worst), encoding="utf-8")
    return text
