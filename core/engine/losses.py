"""Losses.  Each is the mean over the examples, so parts of a batch and ranks can be averaged by their sizes.

Class weights are scaled to average 1 over the training split.  The weighted loss is then as large as the unweighted
one, and its mean is taken over examples, not over weights: the loss of a batch is the mean of its parts' losses.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from core.data.prepared import PreparedData
from core.errors import SpecError
from core.spec.losses import MAE, MSE, Auto, CrossEntropy, Huber, LossSpec


class CrossEntropyLoss(nn.Module):
    """Cross-entropy of outputs (n, k) against class numbers int64 (n,).

    `weights` of shape (k,) multiply each example's loss by its class; None weighs all alike.
    """

    weights: Tensor | None

    def __init__(self, label_smoothing: float = 0.0, weights: Tensor | None = None) -> None:
        super().__init__()
        self.label_smoothing = label_smoothing
        self.register_buffer("weights", weights, persistent=False)

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss, a scalar."""
        outputs = _full(outputs)
        if self.weights is None:
            return functional.cross_entropy(outputs, targets, label_smoothing=self.label_smoothing)
        losses = functional.cross_entropy(outputs, targets, label_smoothing=self.label_smoothing, reduction="none")
        return (losses * self.weights.to(losses.dtype)[targets]).mean()


class NumberLoss(nn.Module):
    """Loss of outputs (n, k) against float targets (n, k), mean over both: squared, absolute or Huber's."""

    def __init__(self, kind: str, delta: float = 1.0) -> None:
        super().__init__()
        self.kind = kind
        self.delta = delta

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss, a scalar."""
        outputs = _full(outputs)
        targets = targets.to(outputs.dtype)
        if self.kind == "mae":
            return functional.l1_loss(outputs, targets)
        if self.kind == "huber":
            return functional.huber_loss(outputs, targets, delta=self.delta)
        return functional.mse_loss(outputs, targets)


def build_loss(spec: LossSpec, data: PreparedData) -> CrossEntropyLoss | NumberLoss:
    """Return the loss of `spec` for `data`: call it with (outputs, targets), move it with `.to(device)`.

    It has no parameters, and nothing of it belongs into a checkpoint.
    Raises SpecError when the loss does not suit the targets or the class weights do not suit the classes.
    """
    classes = data.shape.task == "classification"
    match spec:
        case Auto():
            return CrossEntropyLoss() if classes else NumberLoss("mse")
        case CrossEntropy():
            _require(classes, "cross_entropy", "classes", "Choose mse, mae or huber, or auto.")
            return CrossEntropyLoss(spec.label_smoothing, _class_weights(spec, data))
        case MSE():
            _require(not classes, "mse", "numbers", "Choose cross_entropy, or auto.")
            return NumberLoss("mse")
        case MAE():
            _require(not classes, "mae", "numbers", "Choose cross_entropy, or auto.")
            return NumberLoss("mae")
        case Huber():
            _require(not classes, "huber", "numbers", "Choose cross_entropy, or auto.")
            return NumberLoss("huber", spec.delta)


def _require(suits: bool, kind: str, wanted: str, remedy: str) -> None:
    if not suits:
        other = "numbers" if wanted == "classes" else "classes"
        raise SpecError(
            f"The loss {kind!r} is for {wanted}, but the targets of this data are {other}.",
            where="training.loss.kind",
            remedy=remedy,
        )


def _class_weights(spec: CrossEntropy, data: PreparedData) -> Tensor | None:
    """Return float32 weights of shape (k,) with mean 1 over the training split, or None."""
    if spec.balance == "none":
        return None
    counts = np.bincount(data.examples.targets(data.train).astype(np.int64), minlength=data.shape.outputs)
    if spec.balance == "balanced":
        # A class that never occurs in training has no share to balance; it counts as much as the average.
        weights = np.where(counts > 0, counts.sum() / np.maximum(counts, 1), 0.0)
        weights = np.where(counts > 0, weights, weights[counts > 0].mean())
    else:
        weights = _given_weights(spec, data)
    mean = float((weights * counts).sum() / counts.sum())
    if mean <= 0:
        raise SpecError(
            "The class weights are zero for every class of the training split.",
            where="training.loss.weights",
            remedy="Give at least one class that occurs a weight above zero.",
        )
    return torch.from_numpy((weights / mean).astype(np.float32))


def _given_weights(spec: CrossEntropy, data: PreparedData) -> NDArray[np.float64]:
    names = ", ".join(data.classes[:10]) + (", ..." if len(data.classes) > 10 else "")
    if len(spec.weights) != data.shape.outputs:
        raise SpecError(
            f"{len(spec.weights)} class weights are given, but there are {data.shape.outputs} classes.",
            where="training.loss.weights",
            remedy=f"Give one number per class, in this order: {names}.",
        )
    for number, weight in enumerate(spec.weights):
        if not math.isfinite(weight) or weight < 0:
            raise SpecError(
                f"The class weight {weight} is not a number of at least zero.",
                where=f"training.loss.weights.{number}",
                remedy="Give a finite number of at least zero.",
            )
    return np.array(spec.weights, dtype=np.float64)


def _full(outputs: Tensor) -> Tensor:
    """Return half-precision outputs as float32: a mean over a batch needs the digits."""
    return outputs.float() if outputs.dtype in (torch.bfloat16, torch.float16) else outputs
