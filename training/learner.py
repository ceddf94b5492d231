"""What is trained: the network, the reader of grades where there are any, and which of their parts stay as they are."""

from fnmatch import fnmatchcase

import torch
from torch import Tensor, nn

from models.network import Prediction, ScarNet
from training.config import OptimConfig, TrainConfig
from training.dataset import Batch
from training.photos.labels import LabelledPhotos, read_labels
from training.photos.losses import GradeReader
from training.photos.scales import GradeScales, scales_of


class Learner(nn.Module):
    """The network with what only training needs. taught: the network at the start, if it is to be remembered."""

    def __init__(self, network: ScarNet, reader: GradeReader | None, optim: OptimConfig) -> None:
        super().__init__()
        self.network, self.reader, self.optim = network, reader, optim
        freeze(network, optim.freeze)

    def forward(
        self, image: Tensor, asked: tuple[Tensor, Tensor, Tensor] | None
    ) -> tuple[Prediction, Tensor | None]:
        """(N, 3, H, W) sRGB 0..1 -> the prediction, and the logits of the asked grades (see `GradeReader`).

        asked: inside, scale and rater of a batch with photographs.
        """
        seen = self.network(image)
        if self.reader is None or asked is None:
            return seen, None
        return seen, self.reader(seen, *asked)

    def train(self, mode: bool = True) -> "Learner":
        """As any module, but for norms that keep their statistics: all of them, or those of frozen layers."""
        super().train(mode)
        for module in self.network.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                held = self.optim.hold_norms or not module.weight.requires_grad
                module.train(mode and not held)
        return self


def asked_of(batch: Batch) -> tuple[Tensor, Tensor, Tensor] | None:
    """What the reader of grades needs of a batch; None of one without photographs."""
    if "inside" not in batch:
        return None
    return batch["inside"].float(), batch["scale"], batch["rater"]


def freeze(network: nn.Module, names: tuple[str, ...]) -> None:
    """Stops the parameters whose names begin with one of `names`, as encoder.stages.0; * stands for anything.

    Raises ValueError for a name that fits none, with the names there are, and where nothing would be left to train.
    """
    parameters = dict(network.named_parameters())
    for name in names:
        fitting = [own for own in parameters if fnmatchcase(own, name) or fnmatchcase(own, f"{name}.*")]
        if not fitting:
            known = sorted(
                {".".join(own.split(".")[: 3 if own.startswith("encoder") else 1]) for own in parameters}
            )
            raise ValueError(f"optim.freeze: no layer is named {name}. There are {', '.join(known)}.")
        for own in fitting:
            parameters[own].requires_grad_(False)
    if not any(parameter.requires_grad for parameter in parameters.values()):
        raise ValueError("optim.freeze leaves nothing to train: name fewer layers.")


def remembered(network: ScarNet, config: TrainConfig) -> ScarNet | None:
    """A still copy of the network at the start, where photographs are trained on and something of it is to be kept."""
    keeps = config.loss.keep_relief > 0 or config.loss.keep_surface > 0
    if config.photos is None or config.start is None or not keeps:
        return None
    copy = ScarNet(config.network)
    copy.load_state_dict(network.state_dict())
    return copy.eval().requires_grad_(False)


@torch.no_grad()
def say(taught: ScarNet, image: Tensor) -> Prediction:
    """What the network at the start says."""
    return taught(image)


def labels_of(config: TrainConfig) -> tuple[LabelledPhotos, GradeScales] | None:
    """The photographs of a run and the scales that they are graded on. Raises DatasetError, LeakError."""
    if config.photos is None:
        return None
    labels = read_labels(config.photos.manifest, config.photos.folds, config.photos.fold)
    return labels, scales_of(labels.train)


def reader_of(scales: GradeScales) -> GradeReader | None:
    """A fresh reader of grades; None where nobody graded."""
    return GradeReader(scales) if scales.names else None
