"""What a network is built from. It is stored with every checkpoint, so weights rebuild their own network."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

EncoderName = Literal["mobilenet_v3_large", "mobilenet_v3_small", "efficientnet_b0", "efficientnet_lite0"]


class NetworkConfig(BaseModel):
    """Shape of the network.

    encoder: torchvision backbone, or EfficientNet-Lite0; nothing is downloaded.
    pretrained: start from ImageNet weights: those of efficientnet_lite0 come in a package, those of torchvision's
        backbones must lie where torchvision keeps them (models.torchvision_weights).
    decoder_width: channels of the pyramid from stride 32 up to stride 4.
    fine_width: channels of the last step at `output_stride` 2; few, because this step costs the most pixels.
    output_stride: pixels of the picture per pixel of the maps. 2 keeps the outline of scars of 3 to 6 px.
    grade_width: channels of the pooled features and the hidden layer of the grading head.
    reference_px_per_mm: scale that the network is made for. Pictures show slopes, and slopes have no scale: heights
        are learnt as if every picture had this one, and whoever knows the true scale multiplies (see
        training.dataset.resized and inference.network.session).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    encoder: EncoderName = "mobilenet_v3_large"
    pretrained: bool = False
    decoder_width: int = Field(default=64, ge=8, le=512)
    fine_width: int = Field(default=24, ge=8, le=256)
    output_stride: Literal[2, 4] = 2
    grade_width: int = Field(default=64, ge=8, le=512)
    reference_px_per_mm: float = Field(default=6.4, gt=0)
