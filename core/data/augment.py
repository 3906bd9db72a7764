"""Random changes to training images, on whole batches; each depends on (seed, epoch, example) alone.

So the number of workers, the batch size and a resume in the middle of an epoch make no difference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data import counter_random
from core.data.prepared import PreparedData

_FLIP, _SHIFT, _NOISE, _BRIGHTNESS = 1, 2, 3, 4  # streams of random numbers


@dataclass(frozen=True)
class Augmentation:
    """What is done to a batch of float32 images of shape (n, channels, height, width).

    `shift` is in pixels, `noise` in the units of the inputs the model sees, `brightness` a share.  `black` holds the
    value of a black pixel in each channel (zero shifted and scaled like the inputs), shape (channels, 1, 1).
    """

    seed: int
    black: NDArray[np.float32]
    flip: bool = False
    shift: int = 0
    noise: float = 0.0
    brightness: float = 0.0

    @staticmethod
    def of(data: PreparedData, seed: int) -> Augmentation | None:
        """Return the augmentation that `data` asks for, or None when it asks for none."""
        wanted = data.augment
        if not any(wanted.values()):
            return None
        channels = data.shape.input_shape[0]
        black = (
            np.zeros(channels, np.float32) if data.input_scale is None else -data.input_scale[0] / data.input_scale[1]
        )
        return Augmentation(
            seed=seed,
            black=black.reshape(-1, 1, 1),
            flip=bool(wanted.get("flip", False)),
            shift=int(wanted.get("shift", 0)),
            noise=float(wanted.get("noise", 0.0)),
            brightness=float(wanted.get("brightness", 0.0)),
        )

    def apply(self, images: NDArray[np.float32], epoch: int, indices: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the images changed, shape as given; `images` itself may be changed and must be the caller's own.

        `indices` are the examples' numbers in the data set, shape (n,).
        """
        if self.flip:
            mirrored = (counter_random.bits(self.seed, epoch, indices, _FLIP) >> np.uint64(63)).astype(bool)
            images[mirrored] = images[mirrored][..., ::-1]
        if self.shift:
            images = self._shifted(images, epoch, indices)
        if self.brightness:
            # Brightness scales what the pixel was before it was standardised, so black stays black.
            drawn = counter_random.uniform(self.seed, epoch, indices, _BRIGHTNESS)
            factor = (1 + self.brightness * (2 * drawn - 1)).astype(np.float32).reshape(-1, 1, 1, 1)
            images -= self.black
            images *= factor
            images += self.black
        if self.noise:
            drawn_noise = counter_random.normal(self.seed, epoch, indices, images.shape[1:], _NOISE)
            drawn_noise *= np.float32(self.noise)
            images += drawn_noise
        return images

    def _shifted(self, images: NDArray[np.float32], epoch: int, indices: NDArray[np.int64]) -> NDArray[np.float32]:
        count, channels, height, width = images.shape
        reach = self.shift
        padded = np.empty((count, channels, height + 2 * reach, width + 2 * reach), np.float32)
        padded[:] = self.black
        padded[:, :, reach : reach + height, reach : reach + width] = images
        drawn = counter_random.bits(self.seed, epoch, indices, _SHIFT)
        # 32 bits for each direction; the bias of the remainder is below 1e-7.
        down = (drawn & np.uint64(0xFFFFFFFF)) % np.uint64(2 * reach + 1)
        right = (drawn >> np.uint64(32)) % np.uint64(2 * reach + 1)
        windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(2, 3))
        moved: NDArray[np.float32] = windows[np.arange(count), :, down.astype(np.intp), right.astype(np.intp)]
        return moved
