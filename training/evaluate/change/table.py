"""All rows of `change figures`."""

from collections import Counter
from collections.abc import Sequence

from inference.network.bundle import ModelDescription
from training.calibrate.pair_looks import PairLook, Refused
from training.evaluate.change.healing import healing_rows, lesion_rows
from training.evaluate.change.known import Judged, judged_across, judged_by_bundle
from training.evaluate.change.london import london_rows
from training.evaluate.change.null_pairs import null_rows
from training.evaluate.goals import Row
from training.evaluate.statistics import Interval


def rows_of(
    looks: Sequence[PairLook], refused: Sequence[Refused], description: ModelDescription, across: bool
) -> tuple[list[Row], list[Judged]]:
    """The table, and the pairs behind it. across: judged by what other skins and people teach, not by the bundle."""
    drawn = [look for look in looks if look.source == "rendered"]
    people = [look for look in looks if look.source == "faces"]
    by = "learnt on other skins" if across else f"by {description.name} {description.version}"
    judged = judged_across(looks, "rendered") if across else judged_by_bundle(drawn, description)
    rows = [refusal_row(looks, refused)]
    if drawn:
        where = f"rendered pairs, {by}"
        rows += [*null_rows(judged, where), *healing_rows(judged, where), *lesion_rows(judged, where)]
    if people:
        judged_people = judged_across(looks, "faces") if across else judged_by_bundle(people, description)
        rows += london_rows(judged_people, f"London, neutral and smiling, {by}")
        judged = [*judged, *judged_people]
    return rows, judged


def refusal_row(looks: Sequence[PairLook], refused: Sequence[Refused]) -> Row:
    """How many pairs were not compared, by the gravest reason."""
    count = len(looks) + len(refused)
    codes = ", ".join(f"{code} {n}" for code, n in Counter(one.code for one in refused).most_common())
    share = Interval(len(refused) / count if count else None, None, None, count)
    return Row("pairs that are refused", codes or "none", share, None, "%", "pairs")
