"""Optimizers, as data.  The torch side is core/engine/optimizers.py."""

from __future__ import annotations

from typing import Annotated

from core.spec.fields import Section, about

LearningRate = Annotated[float, about("Learning rate", "Step size, before the schedule.", gt=0, le=1000)]
WeightDecay = Annotated[float, about("Weight decay", "Pull of the weights towards zero.", ge=0, le=10)]
Beta1 = Annotated[float, about("Beta 1", "Memory of the gradient's mean.", ge=0, lt=1, rare=True)]
Beta2 = Annotated[float, about("Beta 2", "Memory of the squared gradient.", ge=0, lt=1, rare=True)]
Epsilon = Annotated[float, about("Epsilon", "Keeps the division finite.", gt=0, rare=True)]


class SGD(Section, frozen=True, tag_field="kind", tag="sgd"):
    """Stochastic gradient descent."""

    learning_rate: LearningRate = 0.1
    momentum: Annotated[float, about("Momentum", "Memory of past gradients.", ge=0, lt=1)] = 0.9
    nesterov: Annotated[bool, about("Nesterov", "Look ahead along the momentum.")] = False
    weight_decay: WeightDecay = 0.0


class Adam(Section, frozen=True, tag_field="kind", tag="adam"):
    """Adam (Kingma and Ba, 2015)."""

    learning_rate: LearningRate = 0.001
    weight_decay: WeightDecay = 0.0
    beta1: Beta1 = 0.9
    beta2: Beta2 = 0.999
    epsilon: Epsilon = 1e-8


class AdamW(Section, frozen=True, tag_field="kind", tag="adamw"):
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019)."""

    learning_rate: LearningRate = 0.001
    weight_decay: WeightDecay = 0.01
    beta1: Beta1 = 0.9
    beta2: Beta2 = 0.999
    epsilon: Epsilon = 1e-8


class RMSprop(Section, frozen=True, tag_field="kind", tag="rmsprop"):
    """RMSprop (Hinton, 2012)."""

    learning_rate: LearningRate = 0.001
    alpha: Annotated[float, about("Alpha", "Memory of the squared gradient.", ge=0, lt=1, rare=True)] = 0.99
    momentum: Annotated[float, about("Momentum", "Memory of past gradients.", ge=0, lt=1)] = 0.0
    weight_decay: WeightDecay = 0.0
    epsilon: Epsilon = 1e-8


class Muon(Section, frozen=True, tag_field="kind", tag="muon"):
    """Muon (Jordan, 2024) for weight matrices; AdamW takes every other parameter."""

    learning_rate: LearningRate = 0.02
    momentum: Annotated[float, about("Momentum", "Memory of past gradients.", ge=0, lt=1)] = 0.95
    nesterov: Annotated[bool, about("Nesterov", "Look ahead along the momentum.", rare=True)] = True
    weight_decay: WeightDecay = 0.01
    adamw_learning_rate: Annotated[
        float, about("AdamW learning rate", "For parameters that are not matrices.", gt=0, le=1000)
    ] = 0.001


OptimizerSpec = SGD | Adam | AdamW | RMSprop | Muon
