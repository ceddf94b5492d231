"""What boxes, points, image types and grades teach, on maps whose answer is known."""

import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install -e '.[training]'")

from models.network import Prediction  # noqa: E402
from training.config import LossConfig  # noqa: E402
from training.losses import total_loss  # noqa: E402
from training.photos.losses import (  # noqa: E402
    GradeReader,
    box_loss,
    image_type_loss,
    keep_terms,
    ordinal_loss,
    point_loss,
    untyped_loss,
)
from training.photos.scales import GradeScales  # noqa: E402

SIZE = 24


def maps(*patches: tuple[int, int, int, int, int], sure: float = 6.0) -> torch.Tensor:
    """(1, 5, SIZE, SIZE) logits of no scar but in patches (type, x0, y0, x1, y1)."""
    logits = torch.zeros(1, 5, SIZE, SIZE)
    logits[:, 0] = sure
    for kind, x0, y0, x1, y1 in patches:
        logits[:, 0, y0:y1, x0:x1] = 0.0
        logits[:, kind, y0:y1, x0:x1] = sure
    return logits


def chances(*patches: tuple[int, int, int, int, int]) -> torch.Tensor:
    return maps(*patches).softmax(dim=1)


def boxes(*rows: tuple[float, ...]) -> torch.Tensor:
    table = torch.full((1, 4, 5), -1.0)
    for k, row in enumerate(rows):
        table[0, k] = torch.tensor(row)
    return table


def test_a_box_asks_for_its_scar_and_says_nothing_of_anything_else() -> None:
    asked = boxes((2, 4, 4, 12, 12))
    right = box_loss(chances((2, 4, 4, 12, 12)), asked)
    assert right < 0.05
    assert box_loss(chances((2, 4, 4, 12, 12), (1, 16, 16, 22, 22)), asked) == pytest.approx(float(right))
    assert box_loss(chances(), asked) > 3
    assert box_loss(chances((3, 4, 4, 12, 12)), asked) > 3  # of another type
    assert box_loss(chances((3, 4, 4, 12, 12)), boxes((5, 4, 4, 12, 12))) < 0.05  # any type was asked
    half = box_loss(chances((2, 4, 4, 12, 8)), asked)
    assert right < half < 3
    assert box_loss(chances((2, 7, 4, 9, 12), (2, 4, 7, 12, 9)), asked) < 0.05  # the shape inside is free


def test_a_point_asks_for_its_scar_nearby_and_for_no_scar_on_the_pixel() -> None:
    points = torch.full((1, 4, 3), -1.0)
    points[0, 0] = torch.tensor([1.0, 10.0, 10.0])
    assert point_loss(chances((1, 11, 11, 14, 14)), points) < 0.05
    assert point_loss(chances((1, 16, 16, 20, 20)), points) > 3
    points[0, 0] = torch.tensor([0.0, 10.0, 10.0])
    assert point_loss(chances((1, 11, 11, 14, 14)), points) < 0.05
    assert point_loss(chances((1, 9, 9, 12, 12)), points) > 3


def test_untyped_pixels_ask_for_any_scar() -> None:
    untyped = torch.zeros(1, SIZE, SIZE)
    untyped[0, 4:12, 4:12] = 1
    assert untyped_loss(chances((3, 4, 4, 12, 12)), untyped) < 0.05
    assert untyped_loss(chances(), untyped) > 3


def test_an_image_type_asks_which_scars_a_photograph_shows() -> None:
    inside, shown = torch.ones(1, SIZE, SIZE), torch.tensor([[0.0, 0.0, 1.0, 0.0]])
    rolling, boxcar = chances((3, 4, 4, 12, 12)), chances((2, 4, 4, 12, 12))
    assert image_type_loss(rolling, inside, shown) < 0.3
    assert image_type_loss(boxcar, inside, shown) > 2
    both = torch.tensor([[0.0, 1.0, 1.0, 0.0]])
    assert image_type_loss(boxcar, inside, both) < 0.3
    outside = inside.clone()
    outside[:, :, :14] = 0  # the scar lies in what was padded
    assert image_type_loss(rolling, outside, shown) > 2


def prediction(depth_um: float, side: int, extra: int = 0) -> Prediction:
    logits = maps((3, 2, 2, 2 + side, 2 + side))
    relief = torch.full((1, 1, SIZE, SIZE), -float(depth_um))
    surface = torch.full((1, 7, SIZE, SIZE), 5.0)
    return Prediction(logits, surface, relief, torch.zeros(1, 4))


def test_more_burden_never_lowers_a_grade_and_raters_may_differ() -> None:
    torch.manual_seed(0)
    reader = GradeReader(GradeScales(("ecca",), ((0.5, 1.5, 2.5),), ("one", "two")))
    inside, scale = torch.ones(1, SIZE, SIZE), torch.tensor([0])
    with torch.no_grad():
        reader.shift[1] = 2.0

        def above(depth_um: float, side: int, rater: int) -> torch.Tensor:
            return reader(prediction(depth_um, side), inside, scale, torch.tensor([rater]))[0]

        small, deep, wide = above(100, 4, 0), above(400, 4, 0), above(100, 12, 0)
        assert (deep > small).all()
        assert (wide > small).all()
        assert torch.allclose(above(100, 4, 1), small + 2.0)
        assert torch.allclose(above(100, 4, -1), small)  # a rater that training has not met
        assert (small[:-1] > small[1:]).all()


def test_the_chances_of_all_levels_sum_to_one_and_learning_moves_them() -> None:
    scales = GradeScales(("short", "long"), ((0.5,), (0.5, 1.5, 2.5)), ("one",))
    reader = GradeReader(scales)
    inside, rater = torch.ones(1, SIZE, SIZE), torch.tensor([0])
    for place, cuts in enumerate(scales.cuts):
        graded = reader(prediction(200, 8), inside, torch.tensor([place]), rater)
        chance = [
            float((-ordinal_loss(graded, torch.tensor([place]), torch.tensor([level]))).exp())
            for level in range(len(cuts) + 1)
        ]
        assert sum(chance) == pytest.approx(1.0, abs=1e-3)
    optimizer = torch.optim.SGD(reader.parameters(), lr=1.0)
    losses = []
    for _ in range(20):
        graded = reader(prediction(200, 8), inside, torch.tensor([1]), rater)
        loss = ordinal_loss(graded, torch.tensor([1]), torch.tensor([3]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
    assert losses[-1] < 0.3 * losses[0]


def batch_without_labels() -> dict[str, torch.Tensor]:
    nothing = torch.zeros(1, SIZE, SIZE, dtype=torch.uint8)
    return {
        "types": nothing + 255, "surface": nothing, "surface_known": nothing, "inside": nothing + 1,
        "untyped": nothing, "relief_um": torch.full((1, SIZE, SIZE), float("nan")),
        "severity": torch.tensor([float("nan")]), "roughness_sa_um": torch.tensor([float("nan")]),
        "pair": torch.tensor([-1]), "boxes": boxes(), "points": torch.full((1, 4, 3), -1.0),
        "shown": torch.zeros(1, 4), "scale": torch.tensor([-1]), "level": torch.tensor([0]),
        "rater": torch.tensor([-1]),
    }  # fmt: skip


def test_a_photograph_without_any_label_teaches_nothing() -> None:
    seen = Prediction(*(part.clone().requires_grad_() for part in prediction(200, 8)))
    reader = GradeReader(GradeScales(("ecca",), ((0.5, 1.5),), ("one",)))
    batch = batch_without_labels()
    graded = reader(seen, batch["inside"].float(), batch["scale"], batch["rater"])
    loss, terms = total_loss(seen, batch, LossConfig(dice=0.0), graded)
    loss.backward()
    assert {name for name, value in terms.items() if value.abs() > 1e-6} <= {"dice"}
    assert seen.types_logits.grad.abs().max() < 1e-6
    assert all(parameter.grad.abs().max() == 0 for parameter in reader.parameters())


def test_what_has_no_label_is_kept_as_it_was() -> None:
    taught, batch = prediction(200, 8), batch_without_labels()
    moved = taught._replace(relief_um=taught.relief_um + 100, surface_logits=taught.surface_logits - 8)
    same, other = keep_terms(taught, taught, batch), keep_terms(moved, taught, batch)
    assert same["keep_relief"] == 0
    assert other["keep_relief"] == pytest.approx(0.5)
    assert other["keep_surface"] > same["keep_surface"] + 1
    batch["inside"] = batch["inside"] * 0  # a rendered sample has labels of its own
    assert keep_terms(moved, taught, batch)["keep_relief"] == 0
