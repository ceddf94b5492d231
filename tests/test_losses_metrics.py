"""Losses and metrics against numbers worked out by hand or by another programme."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install -e '.[training]'")

from inference.network.maps import SURFACE  # noqa: E402
from models.network import Prediction  # noqa: E402
from training import losses, metrics  # noqa: E402
from training.config import LossConfig  # noqa: E402
from training.dataset import UNLABELLED  # noqa: E402

SIZE = (2, 8, 8)


def prediction(**parts: torch.Tensor) -> Prediction:
    n, h, w = SIZE
    given = {
        "types_logits": torch.zeros(n, 5, h, w),
        "surface_logits": torch.zeros(n, 7, h, w),
        "relief_um": torch.zeros(n, 1, h, w),
        "grades": torch.zeros(n, 4),
    }
    return Prediction(**(given | parts))


def labels(**parts: torch.Tensor) -> dict[str, torch.Tensor]:
    """A batch in which nothing is labelled, unless given."""
    unknown = {
        "types": torch.full(SIZE, UNLABELLED, dtype=torch.uint8),
        "surface": torch.zeros(SIZE, dtype=torch.uint8),
        "surface_known": torch.zeros(SIZE, dtype=torch.uint8),
        "relief_um": torch.full(SIZE, math.nan),
        "severity": torch.full((SIZE[0],), math.nan),
        "roughness_sa_um": torch.full((SIZE[0],), math.nan),
        "pair": torch.full((SIZE[0],), -1),
    }
    return unknown | parts


def test_a_batch_without_labels_costs_nothing_and_moves_nothing() -> None:
    parts = [torch.randn_like(part).requires_grad_() for part in prediction()]
    loss, terms = losses.total_loss(Prediction(*parts), labels(), LossConfig())
    loss.backward()
    assert loss.item() == pytest.approx(0.0, abs=1e-6)
    assert all(value.isfinite() for value in terms.values())
    assert all(part.grad is None or part.grad.abs().max() < 1e-6 for part in parts)


def test_cross_entropy_of_even_odds_is_the_log_of_five() -> None:
    truth = torch.randint(0, 5, SIZE)
    truth[0, 0] = UNLABELLED
    loss = losses.type_cross_entropy(torch.zeros(2, 5, 8, 8), truth, (1.0, 3.0, 2.0, 1.5, 2.0))
    assert loss.item() == pytest.approx(math.log(5), rel=1e-5)


def test_dice_is_nothing_for_a_perfect_answer_and_for_clear_skin_left_alone() -> None:
    truth = torch.zeros(SIZE, dtype=torch.long)
    silent = torch.zeros(2, 5, 8, 8)
    silent[:, 0] = 30.0
    assert losses.scar_dice(silent, truth).item() == pytest.approx(0.0, abs=1e-4)
    truth[:, 2:5, 2:5] = 3
    perfect = torch.nn.functional.one_hot(truth, 5).permute(0, 3, 1, 2) * 30.0
    assert losses.scar_dice(perfect, truth).item() == pytest.approx(0.0, abs=1e-4)
    assert losses.scar_dice(silent, truth).item() > 0.2


def test_surface_counts_only_the_labelled_channel() -> None:
    known = torch.full(SIZE, 0b00001, dtype=torch.uint8)
    wild = torch.randn(2, len(SURFACE), 8, 8)
    wild[:, 0] = 0.0
    loss = losses.surface_cross_entropy(wild, torch.zeros(SIZE, dtype=torch.uint8), known)
    assert loss.item() == pytest.approx(math.log(2) / len(SURFACE), rel=1e-5)


def test_bits_are_unpacked_in_the_order_of_the_channels() -> None:
    one = torch.tensor([[[0b10010]]], dtype=torch.uint8)
    assert losses.bits(one, 5).flatten().tolist() == [0, 1, 0, 0, 1]


def test_relief_ignores_unknown_heights_and_weighs_scars() -> None:
    seen, truth = torch.zeros(1, 1, 1, 3), torch.tensor([[[[-300.0, -300.0, math.nan]]]])
    scar = torch.tensor([[[[True, False, True]]]])
    # Smooth L1 of 3 units is 2.5, whatever the weights of two equal errors.
    assert losses.relief_loss(seen, truth, scar, 4.0, 100.0).item() == pytest.approx(2.5)


def test_a_shift_of_the_whole_surface_has_no_gradient_error() -> None:
    truth = torch.randn(1, 1, 8, 8) * 100
    assert losses.relief_gradient_loss(truth + 50.0, truth, 200.0).item() == pytest.approx(0.0, abs=1e-5)
    ramp, flat = torch.arange(8.0).mul(100.0).expand(1, 1, 8, 8), torch.zeros(1, 1, 8, 8)
    # Smooth L1 up to 2 units: 1 unit along one of both axes costs 1/4, 5 units cost 4.
    assert losses.relief_gradient_loss(ramp, flat, 200.0).item() == pytest.approx(0.25 / 2)
    assert losses.relief_gradient_loss(5.0 * ramp, flat, 200.0).item() == pytest.approx(4.0 / 2)


def test_grade_loss_is_the_gaussian_likelihood_of_the_known_grades() -> None:
    grades = torch.tensor([[10.0, math.log(2.0), 5.0, 0.0]])
    loss = losses.grade_loss(grades, torch.tensor([14.0]), torch.tensor([math.nan]))
    expected = -torch.distributions.Normal(10.0, 2.0).log_prob(torch.tensor(14.0))
    assert loss.item() == pytest.approx(expected.item() - 0.5 * math.log(2 * math.pi), rel=1e-5)


def histograms(scores: np.ndarray, truth: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    return tuple(
        torch.from_numpy(np.histogram(scores[truth == k], 500, (0, 1))[0].astype(float)) for k in (1, 0)
    )


def test_auc_and_f1_of_histograms_agree_with_the_scores_themselves() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 4000)
    scores = np.clip(rng.normal(0.4 + 0.2 * truth, 0.15), 0, 0.999)
    positive, negative = histograms(scores, truth)
    pairs = scores[truth == 1][:, None] - scores[truth == 0][None]
    assert metrics.auc(positive, negative) == pytest.approx((pairs > 0).mean(), abs=2e-3)
    marked = scores >= 0.5
    f1 = 2 * (marked & (truth == 1)).sum() / (marked.sum() + truth.sum())
    assert metrics.f1_at(positive, negative, 0.5) == pytest.approx(f1, abs=5e-3)
    best, threshold = metrics.best_f1(positive, negative)
    assert best >= f1 - 5e-3
    assert 0.3 < threshold < 0.7


def test_figures_of_nothing_are_unknown() -> None:
    assert set(metrics.figures(metrics.Counts.zero()).values()) == {None}


def test_counts_of_parts_add_up_to_the_counts_of_the_whole() -> None:
    torch.manual_seed(0)
    seen = prediction(
        types_logits=torch.randn(2, 5, 8, 8),
        surface_logits=torch.randn(2, 7, 8, 8),
        relief_um=torch.randn(2, 1, 8, 8) * 100,
        grades=torch.rand(2, 4),
    )
    batch = labels(
        types=torch.randint(0, 5, SIZE).to(torch.uint8),
        surface=torch.randint(0, 2, SIZE).to(torch.uint8),
        surface_known=torch.ones(SIZE, dtype=torch.uint8),
        relief_um=torch.randn(SIZE) * 100,
        severity=torch.tensor([3.0, math.nan]),
    )
    whole = metrics.figures(metrics.count(seen, batch))
    parts = metrics.Counts.zero()
    for k in (0, 1):
        one = slice(k, k + 1)
        part = Prediction(*(value[one] for value in seen))
        parts = parts.merge(metrics.count(part, {name: value[one] for name, value in batch.items()}))
    assert metrics.figures(parts) == pytest.approx(whole)
    assert None not in whole.values()


def test_relief_correlation_agrees_with_numpy() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=50), rng.normal(size=50)
    sums = torch.tensor([50, x.sum(), y.sum(), (x * x).sum(), (y * y).sum(), (x * y).sum()])
    assert metrics.correlation(sums) == pytest.approx(np.corrcoef(x, y)[0, 1])
