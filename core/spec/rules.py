"""Rules across fields: what cannot work together is refused when the spec is built, in a sentence that says why."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from core.errors import SpecError
from core.spec.checkpoints import SaveEvery
from core.spec.losses import MAE, MSE, CrossEntropy, Huber
from core.spec.metric_names import METRICS, OF_TASK, SPLITS
from core.spec.optimizers import SGD, Muon
from core.spec.problem import Problem, nearest
from core.spec.schedules import Plateau, Step
from core.spec.spec import Spec
from core.spec.start import Fork, Scratch
from core.spec.steerable import changed
from core.spec.training import Budget, Every


def impossible(spec: Spec) -> list[Problem]:
    """Return every combination in a spec that cannot work; an empty list when it can be trained."""
    return [problem for rule in RULES for problem in rule(spec)]


def shares_leave_something(spec: Spec) -> Iterator[Problem]:
    """The validation and test shares must leave examples to train on."""
    split = spec.data.split
    if split.method == "fraction" and split.valid + split.test > 1 - 1e-9:
        held = f"validation ({split.valid:g}) and test ({split.test:g}) together take everything"
        yield Problem("data.split.valid", f"Nothing is left to train on: {held}.", "Lower one of the two shares.")


def column_is_named(spec: Spec) -> Iterator[Problem]:
    """A split by column needs the column, and the target cannot be it."""
    split = spec.data.split
    if split.method != "column":
        return
    if not split.column:
        remedy = "Name the column that holds train, valid or test."
        yield Problem("data.split.column", "The split is by column, but no column is named.", remedy)
    elif split.column == spec.data.options.get("target"):
        remedy = "Name another column."
        yield Problem("data.split.column", f"{split.column} is the target, it cannot also be the split.", remedy)


def file_is_chosen(spec: Spec) -> Iterator[Problem]:
    """A source that reads a file needs one."""
    for name in ("path", "file", "folder"):
        if spec.data.options.get(name) == "":
            yield Problem(f"data.{name}", f"No {name if name != 'path' else 'file'} is chosen.", "Choose the data.")


def momentum_for_nesterov(spec: Spec) -> Iterator[Problem]:
    """Nesterov looks ahead along the momentum, so there must be some."""
    for path, optimizer in (("training.optimizer", spec.training.optimizer), *_stage_parts(spec, "optimizer")):
        if isinstance(optimizer, SGD | Muon) and optimizer.nesterov and optimizer.momentum == 0:
            remedy = f"Set {path}.momentum above 0, or switch nesterov off."
            yield Problem(f"{path}.nesterov", "Nesterov looks ahead along the momentum, but momentum is 0.", remedy)


def weights_for_classes(spec: Spec) -> Iterator[Problem]:
    """Given class weights must be given, usable, and used."""
    loss = spec.training.loss
    if not isinstance(loss, CrossEntropy):
        return
    path = "training.loss.weights"
    if loss.balance == "given" and not loss.weights:
        yield Problem(path, "Class weights are to be given, but none are.", "Give one number per class.")
    elif loss.balance != "given" and loss.weights:
        remedy = 'Set training.loss.balance = "given", or remove the weights.'
        yield Problem(path, f"Weights are given, but class weights are set to {loss.balance}.", remedy)
    elif any(weight < 0 for weight in loss.weights) or (loss.weights and not any(loss.weights)):
        remedy = "Give numbers of 0 or more, at least one above 0."
        yield Problem(path, "Class weights below 0, or all 0, teach nothing.", remedy)


def monitor_is_measured(spec: Spec) -> Iterator[Problem]:
    """What decides about best, early stopping or the rate must be a metric that is measured."""
    path, monitor = "training.monitor", spec.training.monitor
    split, slash, name = monitor.partition("/")
    if not slash or split not in SPLITS:
        near = nearest(name or split, METRICS) or "loss"
        yield Problem(path, f'"{monitor}" is not a metric: metrics are called split/name.', f"Write valid/{near}.")
    elif name not in METRICS:
        near = nearest(name, METRICS)
        remedy = f"Did you mean {split}/{near}?" if near else f"Known: {', '.join(METRICS)}."
        yield Problem(path, f"There is no metric {name}.", remedy)
    elif split == "test":
        remedy = "Use valid/ instead."
        yield Problem(path, "The test split is never looked at in training, so it cannot decide what is best.", remedy)
    elif split == "train" and name != "loss":
        remedy = f"Use train/loss, or valid/{name}."
        yield Problem(path, "On the training split only the loss is measured.", remedy)
    else:
        yield from _monitor_fits_loss(spec, name)


def monitored_split_exists(spec: Spec) -> Iterator[Problem]:
    """A metric of the validation split needs a validation split, and evaluations."""
    if not spec.training.monitor.startswith("valid/"):
        return
    user = next(_users_of_monitor(spec), None)
    if user is None:
        return
    path, what, without = user
    if not _has_validation(spec):
        message = f"{what} {spec.training.monitor}, but no examples are held out for validation."
        yield Problem(path, message, f"Hold some out in data.split, set training.monitor to train/loss, or {without}.")
    elif spec.training.evaluate.unit == "off":
        message = f"{what} {spec.training.monitor}, but evaluation is off."
        yield Problem(path, message, f"Set training.evaluate.unit to epochs, or {without}.")


def impossible_with(spec: Spec, task: str, *, has_validation: bool) -> Iterator[Problem]:
    """Give what only the data rules out: a monitored metric that is not measured for its `task`, or on no example."""
    split, _, name = spec.training.monitor.partition("/")
    user = next(_users_of_monitor(spec), None)
    if split != "valid" or user is None:
        return
    path, what, without = user
    if name not in OF_TASK[task]:
        message = f"{what} {spec.training.monitor}, which is not measured for {task}."
        yield Problem("training.monitor", message, f"Choose valid/{', valid/'.join(OF_TASK[task])}.")
    elif not has_validation:
        message = f"{what} {spec.training.monitor}, but the split of this data leaves no example for validation."
        yield Problem(path, message, f"Change data.split, set training.monitor to train/loss, or {without}.")


def batch_can_be_parted(spec: Spec) -> Iterator[Problem]:
    """A batch cannot be computed in more parts than it has examples."""
    training = spec.training
    if training.accumulate > training.batch_size:
        message = f"A batch of {training.batch_size} cannot be computed in {training.accumulate} parts."
        yield Problem("training.accumulate", message, f"Use at most {training.batch_size}.")


def precision_fits_device(spec: Spec) -> Iterator[Problem]:
    """Half precision with a scaler is made for graphics processors."""
    if spec.compute.precision == "fp16" and spec.compute.device == "cpu":
        message = "fp16 needs a graphics processor: on the CPU it is slower than fp32 and overflows."
        yield Problem("compute.precision", message, "Use bf16 or fp32, or another device.")


def whole_counts(spec: Spec) -> Iterator[Problem]:
    """Steps and examples cannot be cut."""
    budgets = [("training.budget", spec.training.budget)]
    budgets += [(f"training.stages.{index}.budget", stage.budget) for index, stage in enumerate(spec.training.stages)]
    rhythms: list[tuple[str, Every | SaveEvery]] = [
        ("training.evaluate", spec.training.evaluate),
        ("checkpoints.every", spec.checkpoints.every),
    ]
    counts: list[tuple[str, str, float]] = [(f"{path}.stop_point", b.unit, b.stop_point) for path, b in budgets]
    counts += [(f"{path}.interval", every.unit, every.interval) for path, every in rhythms]
    for path, unit, count in counts:
        if unit in ("steps", "examples") and not count.is_integer():
            remedy = f"Use {max(1, round(count)):,}, or count in epochs."
            yield Problem(path, f"{count:g} {unit} are not a whole number.", remedy)


def stages_are_told_apart(spec: Spec) -> Iterator[Problem]:
    """Two stages with one name could not be told apart on the curve."""
    names = [stage.name for stage in spec.training.stages]
    for index, name in enumerate(names):
        if name and name in names[:index]:
            message = f"There are two stages called {name}."
            yield Problem(f"training.stages.{index}.name", message, "Give each its own name.")


def warmup_ends_before_the_drop(spec: Spec) -> Iterator[Problem]:
    """A step schedule that drops while the rate still rises would never reach the full rate."""
    for path, schedule in (("training.schedule", spec.training.schedule), *_stage_parts(spec, "schedule")):
        if isinstance(schedule, Step) and schedule.warmup >= schedule.every:
            message = f"The warm-up ({schedule.warmup:g}) lasts past the first drop ({schedule.every:g})."
            yield Problem(f"{path}.warmup", message, "Make it shorter than every.")


def something_to_go_back_to(spec: Spec) -> Iterator[Problem]:
    """Rolling back and restarting need a checkpoint from before the end."""
    if _saves_before_the_end(spec):
        return
    remedy = "Set checkpoints.num_checkpoints above 0, or checkpoints.every."
    if spec.training.on_non_finite == "roll_back":
        message = "Rolling back needs a checkpoint to go back to, but none is saved before the end."
        yield Problem("training.on_non_finite", message, remedy)
    if spec.compute.restarts:
        message = "Restarting needs a checkpoint to start from, but none is saved before the end."
        yield Problem("compute.restarts", message, remedy)


def patience_fits_budget(spec: Spec) -> Iterator[Problem]:
    """Patience that outlasts the budget would never stop anything."""
    training = spec.training
    patience, every = training.early_stopping.patience, training.evaluate
    budgets = [stage.budget for stage in training.plan()]
    if not patience or any(budget.unit != every.unit for budget in budgets):
        return
    total = sum(budget.stop_point for budget in budgets)
    if patience * every.interval > total:
        message = (
            f"{patience} evaluations, one every {every.interval:g} {every.unit}, outlast the {total:g} of the budget."
        )
        yield Problem("training.early_stopping.patience", message, "Lower it, or set 0 to never stop early.")


def start_is_named(spec: Spec) -> Iterator[Problem]:
    """A fork or warm start needs the run that it starts from."""
    if not isinstance(spec.start, Scratch) and not spec.start.run:
        yield Problem("start.run", "No run is named to start from.", "Give its id, and the step of a checkpoint.")


def something_is_left_to_train(spec: Spec) -> Iterator[Problem]:
    """A fork counts on from its checkpoint's step, so its budget must reach beyond it."""
    budgets = [stage.budget for stage in spec.training.plan()]
    if not isinstance(spec.start, Fork) or any(budget.unit != "steps" for budget in budgets):
        return  # how many steps other units make is known with the data
    total = sum(budget.stop_point for budget in budgets)
    if total <= spec.start.step:
        path = "training.stages" if spec.training.stages else "training.budget.stop_point"
        message = f"The budget ends at step {total:,.0f}, and the fork begins at step {spec.start.step:,}."
        yield Problem(path, message, f"Raise it above {spec.start.step:,}: steps count from the first run's beginning.")


def changes_can_be_made(spec: Spec) -> Iterator[Problem]:
    """What changes on the way must be something that can, in an order that can be followed, to what makes sense."""
    training, step = msgspec.structs.replace(spec.training, changes=()), 0
    for index, change in enumerate(spec.training.changes):
        path = f"training.changes.{index}"
        if change.step < step:
            message = f"Comes after step {change.step:,}, and the change before it after step {step:,}."
            yield Problem(f"{path}.step", message, "Order the changes by their steps.")
            return
        step = change.step
        try:
            training = changed(training, change.field, change.value)
        except SpecError as error:
            yield Problem(f"{path}.value" if error.problems else f"{path}.field", error.message, error.remedy)
            return
        if problems := impossible(msgspec.structs.replace(spec, training=training)):
            yield Problem(f"{path}.value", problems[0].message, problems[0].remedy)
            return


def _monitor_fits_loss(spec: Spec, name: str) -> Iterator[Problem]:
    loss = spec.training.loss
    if name not in OF_TASK["regression"] and isinstance(loss, MSE | MAE | Huber):
        message = f"{name} counts classes, but the loss is for numbers."
        yield Problem("training.monitor", message, "Monitor valid/loss, or use cross_entropy.")
    if name not in OF_TASK["classification"] and isinstance(loss, CrossEntropy):
        message = f"{name} measures numbers, but the loss is for classes."
        yield Problem("training.monitor", message, "Monitor valid/accuracy, or use mse.")


def _users_of_monitor(spec: Spec) -> Iterator[tuple[str, str, str]]:
    """Give what relies on the monitored metric: path, beginning of the sentence, how to do without."""
    if spec.training.early_stopping.patience:
        yield "training.early_stopping.patience", "Early stopping watches", "set the patience to 0"
    if any(isinstance(stage.schedule, Plateau) for stage in spec.training.plan()):
        yield "training.schedule", "The plateau schedule watches", "choose another schedule"
    if spec.training.select == "best":
        yield "training.select", "The best checkpoint is found by", 'set training.select to "last"'


def _has_validation(spec: Spec) -> bool:
    split = spec.data.split
    return split.method == "column" or (split.method == "fraction" and split.valid > 0)


def _saves_before_the_end(spec: Spec) -> bool:
    # One checkpoint spread over the budget is the one at its end.
    return spec.checkpoints.num_checkpoints > 1 or _falls_inside(spec.checkpoints.every, spec.training.plan()[0].budget)


def _falls_inside(every: SaveEvery, budget: Budget) -> bool:
    if every.unit == "off":
        return False
    return every.unit != budget.unit or every.interval < budget.stop_point


def _stage_parts(spec: Spec, part: str) -> Iterator[tuple[str, object]]:
    for index, stage in enumerate(spec.training.stages):
        yield f"training.stages.{index}.{part}", getattr(stage, part)


RULES: tuple[Callable[[Spec], Iterator[Problem]], ...] = (
    shares_leave_something,
    column_is_named,
    file_is_chosen,
    momentum_for_nesterov,
    weights_for_classes,
    monitor_is_measured,
    monitored_split_exists,
    batch_can_be_parted,
    precision_fits_device,
    whole_counts,
    stages_are_told_apart,
    warmup_ends_before_the_drop,
    something_to_go_back_to,
    patience_fits_budget,
    changes_can_be_made,
    start_is_named,
    something_is_left_to_train,
)
