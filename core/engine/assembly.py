"""The components of a run, made from its spec and its data."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import torch
from torch import nn

from core.checkpoints.reading import Checkpoint
from core.checkpoints.retention import Policy
from core.data.prepared import PreparedData
from core.data.sampler import Sampler
from core.engine.batches import batches_of
from core.engine.cadence import Cadence
from core.engine.capture import Captured
from core.engine.clock import TrainingClock
from core.engine.confusion import Confusions
from core.engine.ema import WeightAverage
from core.engine.evaluation import Evaluator
from core.engine.flat import FlatParameters
from core.engine.gradients import CompiledGradients, Gradients, Loss
from core.engine.losses import build_loss
from core.engine.non_finite import DeviceGuard, Guard, HostGuard, Judge
from core.engine.optimizers import Optimizer, build_optimizer
from core.engine.parts import Parts
from core.engine.precision import Precision
from core.engine.recording import Recorder
from core.engine.saving import Saver
from core.engine.seeds import seed_everything
from core.engine.spacing import Spacing
from core.engine.steering import Replay, Steering, stage_rows
from core.engine.train_state import TrainState
from core.engine.weighing import sizes_of
from core.models.build import build_model
from core.models.layers import layer_table
from core.runs.choosing import chosen_model
from core.runs.events import Prepared
from core.runs.journal import EventWriter
from core.runs.lineage import descended_steps
from core.runs.run_folder import RunFolder
from core.runs.workspace import Workspace
from core.spec.budget import spread
from core.spec.metric_names import higher_is_better
from core.spec.optimizers import OptimizerSpec
from core.spec.plan import Plan
from core.spec.problem import refusal
from core.spec.rules import impossible_with
from core.spec.spec import Spec
from core.strategies.single import Single

_RATES = {"learning_rate": 1.0, "adamw_learning_rate": 1.0}


class Assembly:
    """Makes what a run is made of.  All generators are seeded first, so the same spec gives the same first weights."""

    def __init__(
        self, run: RunFolder, spec: Spec, data: PreparedData, device: torch.device, events: EventWriter
    ) -> None:
        """Raise SpecError or ComponentError where model, loss or monitored metric do not suit the data."""
        self.run, self.spec, self.data, self.device, self.events = run, spec, data, device, events
        training = spec.training
        if problems := list(impossible_with(spec, data.shape.task, has_validation=len(data.valid) > 0)):
            raise refusal(problems)
        self.strategy = Single()
        self.strategy.setup()
        seed_everything(spec.seed)
        model = build_model(spec.model, data.shape, run.workspace_path).to(device)
        self.channels_last = _wants_channels_last(spec, data, model)
        example = torch.zeros((2, *data.shape.input_shape), device=device)
        self.layers = layer_table(model, example)
        self.model = self.strategy.wrap(model).train()
        # Its `forward`, because a module's call looks for hooks first, and this one has none.
        self.loss: Loss = build_loss(training.loss, data).to(device).forward
        self.plan = Plan.of(training, len(data.train))
        self.parameters = FlatParameters(
            [(name, one) for name, one in self.model.named_parameters() if one.requires_grad],
            channels_last=self.channels_last,
        )
        self.chosen = chosen_model(run)
        self.precision = Precision(spec.compute.precision, device)

    def parts(
        self,
        *,
        already_s: float,
        replays: list[Replay],
        capture: Callable[[], Captured],
        go_back: Callable[[int], Checkpoint | None],
        is_killed: Callable[[], bool],
    ) -> Parts:
        """Return everything the trainer works with, standing at the beginning."""
        spec, training, plan = self.spec, self.spec.training, self.plan
        average = WeightAverage(self.parameters, training.ema) if training.ema > 0 else None
        optimizer = build_optimizer(plan.optimizer(0), self.parameters)
        state = TrainState(self.model, self.device, self.parameters, optimizer, average, self.precision)
        sampler = Sampler(spec.seed, len(self.data.train), training.batch_size, rank=self.strategy.rank)
        checkpoints = spec.checkpoints
        better = higher_is_better(training.monitor)
        policy = Policy(checkpoints.keep_last, checkpoints.keep_best, better, checkpoints.keep_phases)
        saver = Saver(
            self.run,
            self.events,
            plan.ruler,
            policy,
            training.monitor,
            capture,
            self._needed,
            thins=checkpoints.thin,
        )
        clock = TrainingClock(already_s)
        self._spacing = Spacing(
            checkpoints.every.interval,
            sizes_of(state).whole,
            lambda: saver.stalled_s,
            lambda: saver.last_stall_s,
            lambda: clock.seconds() - already_s,
        )
        evaluation, saving = self._cadences_of(plan)
        parts = Parts(
            spec=spec,
            plan=plan,
            task=self.data.shape.task,
            higher_is_better=better,
            state=state,
            sampler=sampler,
            strategy=self.strategy,
            batches=batches_of(self.data, sampler, spec.seed, self.device, channels_last=self.channels_last),
            gradients=self._gradients_of(training.batch_size),
            guard=self._guard(),
            judge=Judge(skip=training.on_non_finite == "skip", scaled=self.precision.scale is not None),
            evaluator=Evaluator(self.data, self.loss, training.batch_size, channels_last=self.channels_last),
            evaluation=evaluation,
            saving=saving,
            saver=saver,
            recorder=Recorder(self.events),
            confusions=Confusions(self.events, len(self.data.classes)),
            steering=Steering(self.run, self.events),
            events=self.events,
            clock=clock,
            replays=replays,
            chosen=self.chosen,
            next_optimizer=lambda number: self._next_optimizer(parts, number),
            optimizer_of=lambda number: build_optimizer(parts.plan.optimizer(number), self.parameters),
            cadences_of=self._cadences_of,
            gradients_of=self._gradients_of,
            go_back=go_back,
            is_killed=is_killed,
        )
        return parts

    def prepared(self, parts: Parts) -> Prepared:
        """Return the event that says what was loaded and built."""
        data, plan, sizes = self.data, parts.plan, sizes_of(parts.state)
        return Prepared(
            parameters=sum(one.numel() for one in self.model.parameters()),
            trainable=sum(one.numel() for one in self.model.parameters() if one.requires_grad),
            layers=self.layers,
            input_shape=data.shape.input_shape,
            outputs=data.shape.outputs,
            task=data.shape.task,
            classes=list(data.classes),
            train_examples=len(data.train),
            valid_examples=len(data.valid),
            test_examples=len(data.test),
            virtual_epoch=plan.ruler.virtual_epoch,
            total_steps=plan.total_steps,
            total_examples=plan.ruler.examples_at(plan.total_steps),
            stages=stage_rows(plan),
            monitor=self.spec.training.monitor,
            higher_is_better=parts.higher_is_better,
            checkpoint_bytes=sizes.whole,
            weights_bytes=sizes.weights,
        )

    def _cadences_of(self, plan: Plan) -> tuple[Cadence, Cadence]:
        """Return when to evaluate and when to save."""
        checkpoints, total = self.spec.checkpoints, plan.total_steps
        evaluates = plan.training.evaluate.unit != "off"
        return (
            Cadence(plan.training.evaluate, plan.ruler, fixed=(total,) if evaluates else ()),
            Cadence(
                checkpoints.every,
                plan.ruler,
                fixed=spread(checkpoints.num_checkpoints, total, plan.ruler),
                spacing=self._spacing,
            ),
        )

    def _next_optimizer(self, parts: Parts, number: int) -> Optimizer:
        """Return the optimizer of a stage that begins: its memory goes on when the spec changes only the rate."""
        before, after = self.plan.optimizer(number - 1), self.plan.optimizer(number)
        if _without_rates(before) != _without_rates(after):
            return parts.optimizer_of(number)
        parts.state.optimizer.adopt(parts.plan.optimizer(number))
        return parts.state.optimizer

    def _gradients_of(self, batch_size: int) -> Gradients:
        training = self.spec.training
        undoable = training.on_non_finite == "skip"
        if not self.spec.compute.compile:
            return Gradients(
                self.model, self.loss, self.parameters, self.precision, training.accumulate, undoable=undoable
            )
        torch.compiler.reset()  # compiled for one batch size, and its guards are off
        return CompiledGradients(
            self.model,
            self.loss,
            self.parameters,
            self.precision,
            training.accumulate,
            undoable=undoable,
            batch_size=batch_size,
        )

    def _guard(self) -> Guard:
        scaled = self.precision.scale is not None
        if self.device.type == "cpu" and not scaled:
            return HostGuard()
        return DeviceGuard(self.device, sticky=self.spec.training.on_non_finite != "skip", scaled=scaled)

    def _needed(self) -> dict[int, str]:
        """Return the steps that other runs descend from, and the one that somebody chose."""
        needed = dict.fromkeys(descended_steps(Workspace(self.run.workspace_path), self.run), "another run")
        if self.chosen is not None and self.chosen.step is not None:
            needed[self.chosen.step] = "the model"
        return needed


def _wants_channels_last(spec: Spec, data: PreparedData, model: nn.Module) -> bool:
    convolves = any(isinstance(module, nn.Conv2d) for module in model.modules())
    return spec.compute.channels_last and data.shape.kind == "image" and convolves


def _without_rates(optimizer: OptimizerSpec) -> OptimizerSpec:
    rates = {name: rate for name, rate in _RATES.items() if hasattr(optimizer, name)}
    return msgspec.structs.replace(optimizer, **rates)
