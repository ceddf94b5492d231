"""The principal outcome of a pair: scar burden at both visits, corrected by what is known of known healing."""

import math

from inference.network.repeatability import HealingShown

Burdens = tuple[float | None, float | None]


def corrected_um(burdens_um: Burdens, shown: HealingShown | None) -> Burdens:
    """Burden before and after, micrometres, from those of the relief (`inference.change.common.footprint_burdens_um`).

    The relief shows a share s of a change, as pairs of known healing tell. With g the geometric mean of both burdens
    and d the logarithm of their ratio, the corrected ones are g exp(-d / 2s) and g exp(d / 2s). Exchanging the visits
    exchanges the figures. Without knowledge they stay as they are.
    """
    before_um, after_um = burdens_um
    if shown is None or before_um is None or after_um is None or before_um == after_um:
        return before_um, after_um
    floor_um = shown.floor_um
    log_ratio = math.log((after_um + floor_um) / (before_um + floor_um)) / shown.share
    level_um = math.sqrt((before_um + floor_um) * (after_um + floor_um))
    return (
        max(level_um * math.exp(-log_ratio / 2) - floor_um, 0.0),
        max(level_um * math.exp(log_ratio / 2) - floor_um, 0.0),
    )
