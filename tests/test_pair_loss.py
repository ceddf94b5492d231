"""What two photographs of one skin are punished for."""

import math

import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install -e '.[training]'")

from models.network import Prediction  # noqa: E402
from training.pair_loss import BURDEN_FLOOR_UM, pair_terms, pairs_of  # noqa: E402

SIDE = 24


def truth(depths_um: list[float], pair: list[int]) -> dict[str, torch.Tensor]:
    """A square pit of the given depth in the middle of each sample."""
    types = torch.zeros(len(depths_um), SIDE, SIDE, dtype=torch.uint8)
    relief = torch.zeros(len(depths_um), SIDE, SIDE)
    for row, depth in enumerate(depths_um):
        types[row, 8:16, 8:16] = 2
        relief[row, 8:16, 8:16] = -depth
    unknown = torch.full((len(depths_um),), math.nan)
    return {"types": types, "relief_um": relief, "severity": unknown, "pair": torch.tensor(pair)}


def seen_as(batch: dict[str, torch.Tensor], factors: list[float]) -> Prediction:
    """All scars found for certain, every depth times its factor."""
    types = torch.nn.functional.one_hot(batch["types"].long(), 5).permute(0, 3, 1, 2).float() * 40
    relief = batch["relief_um"].unsqueeze(1) * torch.tensor(factors).view(-1, 1, 1, 1)
    return Prediction(types, torch.zeros(len(factors), 7, SIDE, SIDE), relief, torch.zeros(len(factors), 4))


def test_pairs_are_found_wherever_they_stand() -> None:
    first, second = pairs_of(torch.tensor([3, -1, 0, 3, -1, 0]))
    assert list(zip(first.tolist(), second.tolist(), strict=True)) == [(0, 3), (2, 5)]


def test_a_batch_without_pairs_costs_nothing_and_has_a_gradient() -> None:
    batch = truth([200.0, 300.0], [-1, -1])
    terms = pair_terms(seen_as(batch, [1.0, 1.0]), batch)
    assert all(float(value) == 0.0 for value in terms.values())


def test_the_truth_costs_nothing_even_where_it_changed() -> None:
    batch = truth([300.0, 120.0], [0, 0])
    assert all(float(value) < 1e-6 for value in pair_terms(seen_as(batch, [1.0, 1.0]), batch).values())


def test_an_error_common_to_both_views_costs_less_than_one_that_differs() -> None:
    batch = truth([300.0, 300.0], [0, 0])
    common = pair_terms(seen_as(batch, [0.7, 0.7]), batch)
    apart = pair_terms(seen_as(batch, [0.7, 1.0]), batch)
    for name in ("pair_relief", "pair_burden"):
        assert float(common[name]) == pytest.approx(0.0, abs=1e-9)
        assert float(apart[name]) > 1e-4


def test_burden_is_held_by_its_logarithm() -> None:
    """Burdens of 300 and 150 um times the pit's share of the picture; smooth L1 of a log ratio below 1."""
    batch = truth([300.0, 300.0], [0, 0])
    share = 64 / SIDE**2
    ratio = math.log((150 * share + BURDEN_FLOOR_UM) / (300 * share + BURDEN_FLOOR_UM))
    found = pair_terms(seen_as(batch, [1.0, 0.5]), batch)["pair_burden"]
    assert float(found) == pytest.approx(0.5 * ratio**2, rel=1e-4)


def test_unlabelled_places_are_free() -> None:
    batch = truth([300.0, 300.0], [0, 0])
    batch["types"][1] = 255
    batch["relief_um"][1] = math.nan
    seen = seen_as(truth([300.0, 300.0], [0, 0]), [1.0, 0.2])
    assert all(float(value) == 0.0 for value in pair_terms(seen, batch).values())
