"""The baseline that anybody would try: a torchvision classifier, trained whole on the photographs of each fold."""

import logging
from collections.abc import Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import mobilenet_v3_small
from torchvision.transforms import v2

from models.efficientnet_lite import WeightsMissingError
from models.torchvision_weights import WEIGHTS, kept
from training.folders.classify import Labels

log = logging.getLogger(__name__)

_SIDE_PX = 192
_BATCH = 12
#: Normalisation that torchvision's weights ask for.
_MEAN, _SD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class TorchvisionBaseline:
    """MobileNetV3-Small, usual augmentation. weights: "ImageNet" where they are on this machine, else "none"."""

    def __init__(
        self, pictures: Sequence[NDArray[np.uint8]], label: Labels, epochs: int = 30, seed: int = 0
    ) -> None:
        self.pictures = torch.stack([_square(picture) for picture in pictures])
        self.label, self.epochs, self.seed = torch.from_numpy(label), epochs, seed
        try:
            self._start, self.weights = kept(WEIGHTS["mobilenet_v3_small"]), "ImageNet"
        except WeightsMissingError:
            self._start, self.weights = None, "none"
        self._augment = v2.Compose(
            [
                v2.RandomResizedCrop(_SIDE_PX, scale=(0.4, 1.0), antialias=True),
                v2.RandomHorizontalFlip(),
                v2.RandomRotation(15),
                v2.ColorJitter(0.2, 0.2, 0.2, 0.02),
            ]
        )

    def __call__(self, learn: Labels, judge: Labels) -> NDArray[np.float64]:
        """Log probabilities of the photographs `judge`, (n, classes), learnt from the photographs `learn` alone."""
        torch.manual_seed(self.seed)
        classes = int(self.label.max()) + 1
        network = self._fresh(classes)
        optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0.05)
        steps = self.epochs * -(-len(learn) // _BATCH)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, total_steps=steps)
        network.train()
        for _ in range(self.epochs):
            for rows in torch.from_numpy(learn)[torch.randperm(len(learn))].split(_BATCH):
                if len(rows) < 2:  # batch norm cannot learn from one
                    schedule.step()
                    continue
                seen = torch.stack([self._augment(self.pictures[row]) for row in rows])
                loss = functional.cross_entropy(network(_scaled(seen)), self.label[rows], label_smoothing=0.1)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
        network.eval()
        with torch.inference_mode():
            asked = _scaled(self.pictures[torch.from_numpy(judge)])
            both = network(asked).log_softmax(1) + network(asked.flip(3)).log_softmax(1)
        return (both / 2).numpy().astype(np.float64)

    def _fresh(self, classes: int) -> nn.Module:
        network = mobilenet_v3_small(weights=None)
        if self._start is not None:
            network.load_state_dict(self._start)
        last = network.classifier[-1]
        assert isinstance(last, nn.Linear)
        network.classifier[-1] = nn.Linear(last.in_features, classes)
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = 0.1  # torchvision's 0.01 would not forget its start in so few steps
        return network


def _square(rgb: NDArray[np.uint8]) -> Tensor:
    """(h, w, 3) -> (3, S, S) uint8, the middle square."""
    side = min(rgb.shape[:2])
    top, left = ((length - side) // 2 for length in rgb.shape[:2])
    cut = np.ascontiguousarray(rgb[top : top + side, left : left + side])
    small = cv2.resize(cut, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
    return torch.from_numpy(np.ascontiguousarray(small.transpose(2, 0, 1)))


def _scaled(pictures: Tensor) -> Tensor:
    mean, sd = (torch.tensor(values).view(1, 3, 1, 1) for values in (_MEAN, _SD))
    return (pictures.float() / 255.0 - mean) / sd
