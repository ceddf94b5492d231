"""Change of burden against its level, for looking at; matplotlib comes with pingouin."""

from collections.abc import Sequence
from pathlib import Path

from inference.change.metrics import BURDEN
from training.evaluate.change.healing import true_percent
from training.evaluate.change.known import Judged


def draw(pairs: Sequence[Judged], out: Path) -> None:
    """PNG of two panels: |change| of unchanged pairs by level with their mdc95, and measured against true percent."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for same, colour in ((True, "tab:blue"), (False, "tab:orange")):
        null = [pair.metrics[BURDEN] for pair in pairs if _is(pair, True, same)]
        level = [((one.before or 0) + (one.after or 0)) / 2 + 0.1 for one in null]
        name = "same rig" if same else "other light, or faces"
        left.scatter(
            level, [abs(one.change or 0) + 0.01 for one in null], s=14, c=colour, label=f"|change|, {name}"
        )
        left.scatter(
            level, [one.mdc95 or float("nan") for one in null], s=14, marker="_", c=colour, label="its mdc95"
        )
        healed = [pair for pair in pairs if _is(pair, False, same) and true_percent(pair) is not None]
        true = [true_percent(pair) for pair in healed]
        right.scatter(
            true, [pair.metrics[BURDEN].change_percent for pair in healed], s=14, c=colour, label=name
        )
    left.set(xscale="log", yscale="log", xlabel="level of burden, µm (+0.1)", ylabel="|change|, µm (+0.01)")
    right.plot([-100, 100], [-100, 100], c="grey", lw=1)
    right.set(xlim=(-100, 150), ylim=(-100, 150), xlabel="true change, %", ylabel="measured change, %")
    left.legend()
    right.legend()
    figure.savefig(out, dpi=100)


def _is(pair: Judged, unchanged: bool, same_rig: bool) -> bool:
    return BURDEN in pair.metrics and pair.look.unchanged == unchanged and pair.look.same_rig == same_rig
