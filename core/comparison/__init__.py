"""Comparing checkpoints, and comparing runs.

Without torch, for the window and the command line:

- `asking.Asking(Request(workspace, [(run id, step), ...])).answer(on_progress) -> Comparison` makes a comparison of
  checkpoints in a throw-away process (`python -m core.compare`), or returns at once the one that was made before; it
  blocks, and `cancel()` may come from any thread.  `kept.kept(request)` looks only for one made before.
- `request`: `Request`, `Choice` (how much is looked at), `Progress`.
- `result`: the structs of a `Comparison`; `as_float` and `as_array` make floats of its Numbers.
- `runs.compare_runs(run folders, at_step)` and `runs.compare_sides(sides, at_step) -> RunsComparison` compare runs by
  what they recorded, at once.  `recorded.spec_rows(specs)` gives the fields in which specs differ.

The first checkpoint is the reference that all others are held against.  "The model" of a checkpoint is what its run
evaluates: the averaged weights where there are any (`ComparedCheckpoint.weights`).  Examples come from the validation
split, or the training split when nothing is held out; the test split is left for the end of a run.

In the child process, with torch: `comparing` puts the parts together; `opening` opens checkpoints, `common` finds the
examples that they share, `forward` passes examples; `weights`, `similarity`, `histograms`, `predictions`, `line` and
`shown` make a part each.
"""
